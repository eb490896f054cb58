"""All SQL about test results."""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_evaluation.evaluations.models import JUDGED, Evaluation


async def find_judged(
    session: AsyncSession, submission_id: UUID, owner_id: UUID, iteration: int | None
) -> UUID | None:
    """The evaluation of an iteration that has its result, the newest unless told, of a task of the owner."""
    judged = select(col(Evaluation.id)).where(
        col(Evaluation.submission_id) == submission_id,
        col(Evaluation.task_owner_id) == owner_id,
        text(JUDGED),
    )
    if iteration is not None:
        judged = judged.where(col(Evaluation.iteration) == iteration)
    found: UUID | None = await session.scalar(judged.order_by(col(Evaluation.iteration).desc()).limit(1))
    return found
