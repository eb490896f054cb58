"""All SQL about external judging. A lease is given, kept and told by the database's clock.

Locks are taken in one order: the evaluation, then its request.
"""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, func, literal, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_evaluation.evaluations.models import AWAITS_EXTERNAL, Evaluation
from joust_evaluation.external.models import ExternalRequest
from joust_evaluation.tasks.models import KnownTask


class Asked(NamedTuple):
    """A request, and whether its lease has not run out."""

    request: ExternalRequest
    is_leased: bool


async def find(session: AsyncSession, evaluation_id: UUID) -> ExternalRequest | None:
    """What was asked for an evaluation."""
    return await session.get(ExternalRequest, evaluation_id)


async def lock(session: AsyncSession, evaluation_id: UUID) -> Asked | None:
    """The same, which nobody else can change until the transaction ends; lock its evaluation first."""
    leased = func.coalesce(col(ExternalRequest.leased_until) > func.now(), literal(False))
    asked = select(ExternalRequest, leased).where(col(ExternalRequest.evaluation_id) == evaluation_id)
    row = (await session.execute(asked.with_for_update())).first()
    return None if row is None else Asked(*row)


async def lock_newest(session: AsyncSession, submission_id: UUID) -> Evaluation | None:
    """The evaluation of a submission's newest iteration, locked."""
    of_submission = select(Evaluation).where(col(Evaluation.submission_id) == submission_id)
    newest = of_submission.order_by(col(Evaluation.iteration).desc()).limit(1)
    evaluation: Evaluation | None = await session.scalar(newest.with_for_update())
    return evaluation


async def find_task_of_submission(session: AsyncSession, submission_id: UUID) -> KnownTask | None:
    """The task of a submission of which an evaluation is known."""
    tasks = select(KnownTask).join(Evaluation, col(Evaluation.task_id) == col(KnownTask.id))
    task: KnownTask | None = await session.scalar(
        tasks.where(col(Evaluation.submission_id) == submission_id).limit(1)
    )
    return task


async def lock_next(session: AsyncSession, task_id: UUID) -> Evaluation | None:
    """The evaluation of a task that is next by turn and under no lease, locked.

    What another claim is taking at this moment is passed over, so that two claims never get the same.
    """
    free = or_(col(ExternalRequest.leased_until).is_(None), col(ExternalRequest.leased_until) <= func.now())
    waiting = (
        select(Evaluation)
        .join(ExternalRequest, col(ExternalRequest.evaluation_id) == col(Evaluation.id))
        .where(and_(col(Evaluation.task_id) == task_id, text(AWAITS_EXTERNAL), free))
        .order_by(col(Evaluation.turn_at), col(Evaluation.id))
        .limit(1)
    )
    evaluation: Evaluation | None = await session.scalar(waiting.with_for_update(skip_locked=True))
    return evaluation


async def lease(
    session: AsyncSession, evaluation_id: UUID, lease_id: UUID, length: timedelta
) -> ExternalRequest:
    """Give or prolong a lease from now on; it ends with the time to answer at the latest."""
    until = func.least(func.now() + length, col(ExternalRequest.answer_until))
    given = (
        update(ExternalRequest)
        .where(col(ExternalRequest.evaluation_id) == evaluation_id)
        .values(lease_id=lease_id, leased_until=until)
        .returning(ExternalRequest)
    )
    # What the session remembers of the row is older.
    return (await session.scalars(given, execution_options={"populate_existing": True})).one()
