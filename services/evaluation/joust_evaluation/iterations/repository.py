"""All SQL about iterations and records."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.events.evaluations import Judgement
from joust_evaluation.evaluations.models import Evaluation
from joust_evaluation.evaluations.rules import EvaluationStatus
from joust_evaluation.iterations.models import JudgingRecord
from joust_evaluation.tasks.models import KnownTask

MAX_COUNTED = 200
"""Of the iterations before one that is scored; a submission may be judged anew once an hour."""


async def list_scored_before(
    session: AsyncSession, submission_id: UUID, iteration: int
) -> Sequence[Judgement]:
    """Judgements of a submission's earlier iterations, the newest ``MAX_COUNTED``."""
    found = await session.scalars(
        select(col(Evaluation.judgement))
        .where(
            col(Evaluation.submission_id) == submission_id,
            col(Evaluation.iteration) < iteration,
            col(Evaluation.status) == EvaluationStatus.COMPLETED,
        )
        .order_by(col(Evaluation.iteration).desc())
        .limit(MAX_COUNTED)
    )
    return [Judgement.model_validate(judgement) for judgement in found]


async def list_iterations(
    session: AsyncSession, submission_id: UUID, account_id: UUID, *, before: int | None, limit: int
) -> Sequence[Evaluation]:
    """Evaluations of a submission, newest first, for its account and its task's owner; none for others."""
    query = select(Evaluation).where(
        col(Evaluation.submission_id) == submission_id,
        or_(col(Evaluation.account_id) == account_id, col(Evaluation.task_owner_id) == account_id),
    )
    if before is not None:
        query = query.where(col(Evaluation.iteration) < before)
    return list(await session.scalars(query.order_by(col(Evaluation.iteration).desc()).limit(limit)))


async def find_with_record(
    session: AsyncSession, submission_id: UUID, iteration: int
) -> tuple[Evaluation | None, JudgingRecord | None]:
    """An iteration's evaluation and what was kept of its judging, each if it is there."""
    both = select(Evaluation, JudgingRecord).outerjoin(
        JudgingRecord, col(JudgingRecord.evaluation_id) == col(Evaluation.id)
    )
    row = (
        await session.execute(
            both.where(col(Evaluation.submission_id) == submission_id, col(Evaluation.iteration) == iteration)
        )
    ).first()
    return (None, None) if row is None else (row[0], row[1])


async def find_task(session: AsyncSession, task_id: UUID) -> KnownTask | None:
    """The task as far as it is known."""
    return await session.get(KnownTask, task_id)


async def version_of_task(session: AsyncSession, task_id: UUID) -> int | None:
    """The newest version of the task that is known."""
    version: int | None = await session.scalar(
        select(col(KnownTask.version)).where(col(KnownTask.id) == task_id)
    )
    return version
