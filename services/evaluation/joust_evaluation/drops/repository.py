"""All SQL about rankings of drops."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_evaluation.drops.models import DropRanking


async def add(session: AsyncSession, ranking: DropRanking) -> bool:
    """Queue a ranking; false if the drop has one."""
    added = insert(DropRanking).values(ranking.model_dump()).on_conflict_do_nothing()
    return await session.scalar(added.returning(col(DropRanking.drop_id))) is not None


async def find(session: AsyncSession, drop_id: UUID) -> DropRanking | None:
    """The ranking as it is."""
    return await session.get(DropRanking, drop_id)


async def lock(session: AsyncSession, drop_id: UUID) -> DropRanking | None:
    """The ranking, which nobody else can end until the transaction ends."""
    return await session.get(DropRanking, drop_id, with_for_update=True)
