"""Looks at a service's dead jobs and puts them back to be run again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import TextClause, select, text

from joust_kit.service import Runtime


@dataclass(frozen=True)
class DeadJob:
    """A job that failed too often."""

    id: int
    queue: str
    body: str
    """As JSON."""
    failed_at: datetime
    error: str


async def read_dead_jobs(runtime: Runtime) -> list[DeadJob]:
    """All dead jobs of the service, oldest first."""
    dead = runtime.database.tables.dead_jobs
    columns = (dead.c.id, dead.c.queue, dead.c.payload, dead.c.failed_at, dead.c.last_exception)
    async with runtime.database.reading() as session:
        rows = await session.execute(select(*columns).order_by(dead.c.id))
        return [_dead_job(*row) for row in rows]


async def retry(runtime: Runtime, ids: Sequence[int] | None = None) -> list[DeadJob]:
    """Put dead jobs (all, or those of ``ids``) back as if they had just been planned; returns those.

    A job acts on the state that it finds, so one that was overtaken meanwhile changes nothing. One under the
    name of a timer that waits stays dead: that timer stands for it.
    """
    async with runtime.database.transaction() as unit:
        back = _put_back(runtime.database.tables.jobs.fullname, runtime.database.tables.dead_jobs.fullname)
        values = {"all": ids is None, "ids": list(ids or ()), "channel": f"outbox_{_name(runtime)}"}
        rows = (await unit.session.execute(back, values)).all()
    return [_dead_job(*row) for row in rows]


def _name(runtime: Runtime) -> str:
    return str(runtime.database.tables.jobs.name)


def _dead_job(id: int, queue: str, payload: bytes, failed_at: datetime, error: str | None) -> DeadJob:
    return DeadJob(id, queue, json.dumps(json.loads(bytes(payload))), failed_at, error or "")


@lru_cache
def _put_back(jobs: str, dead_jobs: str) -> TextClause:
    """One statement, so that no job is there twice or not at all, and one wake-up call for each queue."""
    return text(
        f"""
        WITH chosen AS (
            SELECT * FROM {dead_jobs} AS dead
            WHERE CAST(:all AS boolean) OR id = ANY(CAST(:ids AS bigint[]))
            ORDER BY id FOR UPDATE
        ),
        free AS (
            SELECT DISTINCT ON (queue, coalesce(timer_id, 'without ' || id)) * FROM chosen
            WHERE timer_id IS NULL OR NOT EXISTS (
                SELECT FROM {jobs} AS live
                WHERE live.queue = chosen.queue AND live.timer_id = chosen.timer_id
            )
            ORDER BY queue, coalesce(timer_id, 'without ' || id), id DESC
        ),
        planned AS (
            INSERT INTO {jobs} (queue, payload, headers, timer_id)
            SELECT queue, payload, headers, timer_id FROM free ORDER BY id
            RETURNING queue
        ),
        told AS MATERIALIZED (
            SELECT pg_notify(CAST(:channel AS text), queue)
            FROM (SELECT DISTINCT queue FROM planned) AS queues
        ),
        raised AS (
            DELETE FROM {dead_jobs} WHERE id IN (SELECT id FROM free)
            RETURNING id, queue, payload, failed_at, last_exception
        )
        SELECT raised.* FROM raised CROSS JOIN (SELECT count(*) FROM told) AS calls ORDER BY raised.id
        """  # noqa: S608 - the tables' names are constants of ours
    )
