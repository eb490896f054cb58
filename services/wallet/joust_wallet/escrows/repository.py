"""All SQL about escrows."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_wallet.escrows.models import Escrow


async def make_or_lock(session: AsyncSession, fresh: Escrow) -> Escrow:
    """The escrow with the id of ``fresh``, made of it if need be, which nobody else can change until the
    transaction ends."""
    await session.execute(
        insert(Escrow).values(fresh.model_dump()).on_conflict_do_nothing(index_elements=["id"])
    )
    found = select(Escrow).where(col(Escrow.id) == fresh.id).with_for_update()
    return (await session.scalars(found.execution_options(populate_existing=True))).one()
