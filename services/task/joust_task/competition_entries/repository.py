"""All SQL about entries."""

from collections.abc import Sequence
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


async def accounts_in(session: AsyncSession, competition_id: UUID) -> Sequence[UUID]:
    """Accounts that take part now."""
    entered = select(col(CompetitionEntry.account_id)).where(
        col(CompetitionEntry.competition_id) == competition_id, col(CompetitionEntry.ended_at).is_(None)
    )
    return (await session.scalars(entered.order_by(col(CompetitionEntry.id)))).all()
