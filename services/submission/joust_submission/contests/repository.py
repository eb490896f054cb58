"""All SQL about the projections of competitions and entries."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.events.competitions import CompetitionEntrySnapshot, CompetitionSnapshot
from joust_kit.database import projections
from joust_submission.contests.models import KnownCompetition, KnownEntry


async def find(session: AsyncSession, competition_id: UUID) -> KnownCompetition | None:
    """The competition as far as it is known."""
    return await session.get(KnownCompetition, competition_id)


async def hold(session: AsyncSession, competition_id: UUID) -> KnownCompetition | None:
    """The competition, which can't change until the transaction ends; others may hold it too."""
    return await session.get(KnownCompetition, competition_id, with_for_update={"read": True})


async def find_entry(session: AsyncSession, competition_id: UUID, account_id: UUID) -> KnownEntry | None:
    """The account's entry while it is not over, as far as is known here."""
    mine = select(KnownEntry).where(
        col(KnownEntry.competition_id) == competition_id,
        col(KnownEntry.account_id) == account_id,
        col(KnownEntry.ended_at).is_(None),
    )
    found: KnownEntry | None = await session.scalar(mine)
    return found


async def version_of(session: AsyncSession, id: UUID) -> int | None:
    """The newest version that is known of a competition or an entry."""
    for model in (KnownCompetition, KnownEntry):
        version: int | None = await session.scalar(select(col(model.version)).where(col(model.id) == id))
        if version is not None:
            return version
    return None


async def learn_competition(session: AsyncSession, competition: CompetitionSnapshot) -> bool:
    """Take over the competition if this version is newer; tells whether it was."""
    values = competition.model_dump(include=set(KnownCompetition.model_fields))
    return await projections.take_newer(session, KnownCompetition, values)


async def learn_entry(session: AsyncSession, entry: CompetitionEntrySnapshot) -> bool:
    """Take over the entry if this version is newer; tells whether it was."""
    values = entry.model_dump(include=set(KnownEntry.model_fields))
    return await projections.take_newer(session, KnownEntry, values)
