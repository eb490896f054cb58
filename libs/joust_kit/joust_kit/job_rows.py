"""Takes jobs and writes what became of them: in one statement for all that end at once, and also when a
connection is gone.

Workers have no connections of their own: what they write is short, and most of it is one DELETE for all that
ended meanwhile. After a restart of PostgreSQL the first write finds a connection of the pool gone; it is made
on another one then, or the job would wait for its lease and run again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from faststream_outbox.client import OutboxClient
from faststream_outbox.message import OutboxInnerMessage
from sqlalchemy import ARRAY, BigInteger, TextClause, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from joust_kit.database.failures import is_unavailable
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

T = TypeVar("T")

_PAUSE_SECONDS = 0.5
"""After a DELETE that failed twice."""


class _Done(NamedTuple):
    """A job that is done, and whose row is to go."""

    id: int
    token: UUID
    learn: Callable[[bool], None]


class JobRows(OutboxClient):
    """The table of jobs, as the workers of one process see it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._delete = _delete_statement(self.table.fullname)
        self._done: list[_Done] = []
        self._removing: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Remove nothing more."""
        if self._removing is not None:
            self._removing.cancel()
            await asyncio.gather(self._removing, return_exceptions=True)

    async def fetch(
        self,
        conn: AsyncConnection | None,
        queues: Sequence[str],
        *,
        limit: int,
        lease_ttl_seconds: float,
    ) -> list[OutboxInnerMessage]:
        """Take jobs; ``claimed_at_monotonic`` of each is no later than the beginning of its lease."""
        asked = time.monotonic()
        rows = await super().fetch(conn, queues, limit=limit, lease_ttl_seconds=lease_ttl_seconds)
        for row in rows:
            row.claimed_at_monotonic = asked
        return rows

    def delete_soon(self, message_id: int, acquired_token: UUID, learn: Callable[[bool], None]) -> None:
        """The job is done: delete its row at once, without anybody waiting for it.

        What ends during one statement shares the next. ``learn`` is told when the row is gone, and whether it
        still had this lease. While the database can't be written to it is tried again and again.
        """
        self._done.append(_Done(message_id, acquired_token, learn))
        if self._removing is None:
            self._removing = asyncio.create_task(self._remove_all())

    async def delete_with_lease(
        self,
        conn: AsyncConnection | None,
        message_id: int,
        acquired_token: UUID,
        *,
        dlq_payload: Mapping[str, Any] | None = None,
    ) -> bool:
        """The job is over: done, or among the dead ones. Returns when its row is gone."""
        if dlq_payload is not None:
            return await self._write(
                lambda on: super(JobRows, self).delete_with_lease(
                    on, message_id, acquired_token, dlq_payload=dlq_payload
                ),
            )
        gone: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def learn(was_ours: bool) -> None:
            if not gone.done():
                gone.set_result(was_ours)

        self.delete_soon(message_id, acquired_token, learn)
        return await gone

    async def mark_pending_with_lease(
        self,
        conn: AsyncConnection | None,
        message_id: int,
        acquired_token: UUID,
        *,
        delay_seconds: float,
        attempts_count: int,
        first_attempt_at: datetime,
        last_attempt_at: datetime,
    ) -> bool:
        """The job failed, and shall be tried again after ``delay_seconds``."""
        return await self._write(
            lambda on: super(JobRows, self).mark_pending_with_lease(
                on,
                message_id,
                acquired_token,
                delay_seconds=delay_seconds,
                attempts_count=attempts_count,
                first_attempt_at=first_attempt_at,
                last_attempt_at=last_attempt_at,
            ),
        )

    async def _remove_all(self) -> None:
        try:
            while self._done:
                try:
                    await self._write(self._remove)
                except Exception:  # noqa: BLE001 - whatever it was, these rows have to go
                    await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            self._removing = None

    async def _remove(self, conn: AsyncConnection) -> None:
        """Delete the rows of all that is done, and of what is done meanwhile."""
        while batch := self._done[:]:
            values = {"ids": [each.id for each in batch], "tokens": [each.token for each in batch]}
            deleted = set((await conn.scalars(self._delete, values)).all())
            del self._done[: len(batch)]
            for each in batch:
                each.learn(each.id in deleted)

    async def _write(self, write: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Write on a connection of the pool, or on another one if that is gone.

        The write changes nothing if it is done twice.
        """
        try:
            try:
                return await self._write_once(write)
            except Exception as error:
                if not is_unavailable(error):
                    raise
                return await self._write_once(write)
        except Exception as error:
            log.warning("what became of a job not written", error=repr(error))
            raise

    async def _write_once(self, write: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        async with self.engine.connect() as conn:
            return await write(await conn.execution_options(isolation_level="AUTOCOMMIT"))


def _delete_statement(table: str) -> TextClause:
    """Made once; the library's own is made anew for each call, which costs more than sending it."""
    return text(
        f"""
        DELETE FROM {table} AS job USING unnest(:ids, :tokens) AS done (id, token)
        WHERE job.id = done.id AND job.acquired_token = done.token
        RETURNING job.id
        """  # noqa: S608 - the table's name is a constant of ours
    ).bindparams(bindparam("ids", type_=ARRAY(BigInteger)), bindparam("tokens", type_=ARRAY(Uuid)))
