"""All SQL about submissions whose artifact is still to come."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.vocabulary import SubmissionStatus
from joust_submission.submissions.models import Submission
from joust_submission.tasks.models import KnownTask


class Pending(NamedTuple):
    """A submission and the task that it is for."""

    submission: Submission
    task: KnownTask | None
    """``None`` while the projection of tasks is being rebuilt."""


async def find(session: AsyncSession, submission_id: UUID) -> Pending | None:
    """The submission with its task."""
    query = (
        select(Submission, KnownTask)
        .outerjoin(KnownTask, col(KnownTask.id) == col(Submission.task_id))
        .where(col(Submission.id) == submission_id)
    )
    row = (await session.execute(query)).first()
    return None if row is None else Pending(*row)


async def add_registered(session: AsyncSession, submission: Submission) -> bool:
    """Insert a registered submission; false if its account has one for the task.

    One statement decides, however many come at once.
    """
    made = insert(Submission).values(submission.model_dump())
    only_one = made.on_conflict_do_nothing(
        index_elements=[col(Submission.task_id), col(Submission.account_id)],
        index_where=text("status = 'registered'"),
    )
    return await session.scalar(only_one.returning(col(Submission.id))) is not None


async def registered_of(session: AsyncSession, task_id: UUID, account_id: UUID) -> UUID | None:
    """The submission of an account to a task whose artifact is still to come."""
    query = select(col(Submission.id)).where(
        col(Submission.task_id) == task_id,
        col(Submission.account_id) == account_id,
        col(Submission.status) == SubmissionStatus.REGISTERED,
    )
    found: UUID | None = await session.scalar(query)
    return found


async def lock_registered(session: AsyncSession, task_id: UUID, limit: int) -> Sequence[Submission]:
    """Registered submissions to a task, which nobody else can change until the transaction ends."""
    # The literal, for which the partial index of registered submissions is made.
    waiting = select(Submission).where(col(Submission.task_id) == task_id, text("status = 'registered'"))
    found = await session.scalars(waiting.order_by(col(Submission.account_id)).limit(limit).with_for_update())
    return found.all()
