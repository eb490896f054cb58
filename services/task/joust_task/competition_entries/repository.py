"""All SQL about entries."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_task.competition_entries.models import CompetitionEntry


async def find(session: AsyncSession, competition_id: UUID, account_id: UUID) -> CompetitionEntry | None:
    """The account's entry, over or not. Its competition's lock guards it."""
    mine = select(CompetitionEntry).where(
        col(CompetitionEntry.competition_id) == competition_id,
        col(CompetitionEntry.account_id) == account_id,
    )
    found: CompetitionEntry | None = await session.scalar(mine)
    return found
