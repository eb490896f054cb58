"""All SQL about dashboards."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.vocabulary import TaskStatus
from joust_kit.database import projections
from joust_kit.paging import Cursor
from joust_ranking.dashboard.models import SeenSubmission
from joust_ranking.tasks.models import Task


class Figures(NamedTuple):
    """What is counted for an account, as poster and as agent."""

    tasks_posted: int
    submissions_received: int
    tasks_entered: int
    average_score: float | None


async def learn(session: AsyncSession, submission: SubmissionSnapshot) -> bool:
    """Take over the submission if this version is newer than the known one; tells whether it was."""
    values = submission.model_dump(include=set(SeenSubmission.model_fields))
    return await projections.take_newer(session, SeenSubmission, values)


async def figures_of(session: AsyncSession, account_id: UUID) -> Figures:
    """All figures of an account, in one statement."""
    posted = select(func.count()).where(
        col(Task.owner_id) == account_id, col(Task.status) != TaskStatus.DRAFT
    )
    received = select(func.count()).where(col(SeenSubmission.task_owner_id) == account_id)
    entered = (
        select(func.max(col(SeenSubmission.final_score)).label("best"))
        .where(col(SeenSubmission.account_id) == account_id)
        .group_by(col(SeenSubmission.task_id))
        .subquery()
    )
    found = await session.execute(
        select(
            posted.scalar_subquery(), received.scalar_subquery(), func.count(), func.avg(entered.c.best)
        ).select_from(entered)
    )
    return Figures(*found.one())


async def newest_to(
    session: AsyncSession, owner_id: UUID, limit: int, after: Cursor | None
) -> Sequence[tuple[SeenSubmission, str | None]]:
    """Submissions to an owner's tasks, newest first, each with its task's title."""
    query = (
        select(SeenSubmission, col(Task.title))
        .outerjoin(Task, col(Task.id) == col(SeenSubmission.task_id))
        .where(col(SeenSubmission.task_owner_id) == owner_id)
    )
    place = tuple_(col(SeenSubmission.created_at), col(SeenSubmission.id))
    if after is not None:
        query = query.where(place < tuple_(after.moment, after.id))
    newest_first = query.order_by(col(SeenSubmission.created_at).desc(), col(SeenSubmission.id).desc())
    return [(row[0], row[1]) for row in await session.execute(newest_first.limit(limit))]
