"""All SQL about what was handed in to competitions."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.events.competition_submissions import CompetitionSubmissionSnapshot
from joust_contracts.vocabulary import DraftStatus
from joust_kit.database import projections
from joust_task.competition_works.models import CompetitionWork


async def find(session: AsyncSession, work_id: UUID) -> CompetitionWork | None:
    """The work as far as it is known."""
    return await session.get(CompetitionWork, work_id)


async def has_handed_in(session: AsyncSession, competition_id: UUID) -> bool:
    """True if somebody has work in the competition that was not taken back."""
    found = select(col(CompetitionWork.id)).where(
        col(CompetitionWork.competition_id) == competition_id,
        col(CompetitionWork.status) == DraftStatus.SUBMITTED,
    )
    return await session.scalar(found.limit(1)) is not None


async def learn(session: AsyncSession, work: CompetitionSubmissionSnapshot) -> bool:
    """Take over the work if this version is newer than the known one; tells whether it was."""
    values = work.model_dump(include=set(CompetitionWork.model_fields))
    return await projections.take_newer(session, CompetitionWork, values)
