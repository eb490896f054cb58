"""All SQL about evaluations."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_evaluation.evaluations.lanes import Lane, lane_for
from joust_evaluation.evaluations.models import Evaluation
from joust_evaluation.evaluations.rules import EvaluationStatus, is_finished
from joust_evaluation.tasks.models import KnownTask


async def add(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Insert an evaluation; False if the submission's iteration has one already."""
    statement = (
        insert(Evaluation)
        .values(values)
        .on_conflict_do_nothing(index_elements=["submission_id", "iteration"])
    )
    return (await session.execute(statement.returning(col(Evaluation.id)))).first() is not None


async def find_with_task(
    session: AsyncSession, evaluation_id: UUID
) -> tuple[Evaluation | None, KnownTask | None]:
    """The evaluation as it is, and its task if that is known."""
    both = select(Evaluation, KnownTask).outerjoin(KnownTask, col(KnownTask.id) == col(Evaluation.task_id))
    row = (await session.execute(both.where(col(Evaluation.id) == evaluation_id))).first()
    return (None, None) if row is None else (row[0], row[1])


async def find_lane(session: AsyncSession, task_id: UUID) -> Lane | None:
    """The lane in which submissions of the task are judged, if it is known. Its long texts are not read."""
    decides = select(col(KnownTask.eval_mode), col(KnownTask.test_suite).is_not(None).label("has_suite"))
    row = (await session.execute(decides.where(col(KnownTask.id) == task_id))).first()
    return None if row is None else lane_for(row[0], has_suite=row[1])


async def lock_iteration(session: AsyncSession, submission_id: UUID, iteration: int) -> Evaluation | None:
    """The evaluation of an iteration, which nobody else can change until the transaction ends."""
    found = select(Evaluation).where(
        col(Evaluation.submission_id) == submission_id, col(Evaluation.iteration) == iteration
    )
    evaluation: Evaluation | None = await session.scalar(found.with_for_update())
    return evaluation


async def find_iteration(session: AsyncSession, submission_id: UUID, iteration: int) -> Evaluation | None:
    """The evaluation of an iteration."""
    found = select(Evaluation).where(
        col(Evaluation.submission_id) == submission_id, col(Evaluation.iteration) == iteration
    )
    evaluation: Evaluation | None = await session.scalar(found)
    return evaluation


async def lock(session: AsyncSession, evaluation_id: UUID) -> Evaluation | None:
    """The evaluation, which nobody else can change until the transaction ends."""
    return await session.get(Evaluation, evaluation_id, with_for_update=True)


async def finished_among(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Those of the evaluations that have ended."""
    ended = col(Evaluation.status).in_([status for status in EvaluationStatus if is_finished(status)])
    return set(await session.scalars(select(col(Evaluation.id)).where(col(Evaluation.id).in_(ids), ended)))
