"""All SQL about fundings."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_task.fundings.models import Funding


async def add(session: AsyncSession, funding: Funding) -> bool:
    """Insert the subject's funding; false if it has one already."""
    fresh = insert(Funding).values(funding.model_dump()).on_conflict_do_nothing(index_elements=["subject_id"])
    return await session.scalar(fresh.returning(col(Funding.id))) is not None


async def lock(session: AsyncSession, subject_id: UUID) -> Funding | None:
    """The subject's funding, which nobody else can change until the transaction ends."""
    found = select(Funding).where(col(Funding.subject_id) == subject_id).with_for_update()
    funding: Funding | None = await session.scalar(found.execution_options(populate_existing=True))
    return funding
