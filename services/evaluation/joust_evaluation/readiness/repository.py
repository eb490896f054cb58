"""All SQL about readiness checks."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.internal.readiness import ReadinessStatus
from joust_evaluation.readiness.models import Readiness
from joust_evaluation.readiness.rules import LONGEST, UNFINISHED, Result

_FRESH = {"populate_existing": True}


async def find(session: AsyncSession, task_id: UUID) -> Readiness | None:
    """The task's newest check."""
    return await session.get(Readiness, task_id)


async def begin(session: AsyncSession, values: dict[str, Any]) -> Readiness | None:
    """Begin a check in place of the one before; ``None`` if that one is of the same content and goes on."""
    statement = insert(Readiness).values(values)
    goes_on = and_(
        col(Readiness.status).in_(UNFINISHED),
        col(Readiness.content_hash) == statement.excluded.content_hash,
        col(Readiness.requested_at) > statement.excluded.requested_at - LONGEST,
    )
    begun = statement.on_conflict_do_update(
        index_elements=["task_id"],
        set_={name: statement.excluded[name] for name in values if name != "task_id"},
        where=~goes_on,
    )
    return (await session.scalars(begun.returning(Readiness), execution_options=_FRESH)).one_or_none()


async def start(session: AsyncSession, task_id: UUID, check_id: UUID) -> Readiness | None:
    """A worker begins; ``None`` if the check has ended, or another has taken its place."""
    started = (
        update(Readiness)
        .where(_stands(task_id, check_id))
        .values(status=ReadinessStatus.RUNNING, attempt=col(Readiness.attempt) + 1)
        .returning(Readiness)
    )
    return (await session.scalars(started, execution_options=_FRESH)).one_or_none()


async def finish(session: AsyncSession, task_id: UUID, check_id: UUID, result: Result, now: datetime) -> None:
    """Write the result, unless the check has one or another has taken its place."""
    values = {**asdict(result), "finished_at": now}
    await session.execute(update(Readiness).where(_stands(task_id, check_id)).values(values))


async def ended_among(session: AsyncSession, task_ids: Collection[UUID]) -> set[UUID]:
    """Those of the tasks whose judge is not being tried any more."""
    ended = select(col(Readiness.task_id)).where(
        col(Readiness.task_id).in_(task_ids), col(Readiness.status).not_in(UNFINISHED)
    )
    return set(await session.scalars(ended))


def _stands(task_id: UUID, check_id: UUID) -> ColumnElement[bool]:
    return and_(
        col(Readiness.task_id) == task_id,
        col(Readiness.check_id) == check_id,
        col(Readiness.status).in_(UNFINISHED),
    )
