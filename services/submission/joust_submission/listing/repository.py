"""All SQL about lists of submissions."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_kit.paging import Cursor
from joust_submission.submissions.models import Submission


async def newest_of_account(
    session: AsyncSession, account_id: UUID, task_id: UUID | None, limit: int, after: Cursor | None
) -> Sequence[Submission]:
    """An account's submissions, newest first, to one task or to all."""
    conditions = [col(Submission.account_id) == account_id]
    if task_id is not None:
        conditions.append(col(Submission.task_id) == task_id)
    return await _newest(session, conditions, limit, after)


async def newest_to_task(
    session: AsyncSession, task_id: UUID, limit: int, after: Cursor | None
) -> Sequence[Submission]:
    """Submissions to a task, newest first."""
    return await _newest(session, [col(Submission.task_id) == task_id], limit, after)


async def _newest(
    session: AsyncSession, conditions: list[ColumnElement[bool]], limit: int, after: Cursor | None
) -> Sequence[Submission]:
    place = tuple_(col(Submission.created_at), col(Submission.id))
    if after is not None:
        conditions.append(place < tuple_(after.moment, after.id))
    newest_first = (
        select(Submission)
        .where(*conditions)
        .order_by(col(Submission.created_at).desc(), col(Submission.id).desc())
        .limit(limit)
    )
    return (await session.scalars(newest_first)).all()
