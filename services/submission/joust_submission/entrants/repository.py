"""All SQL about who left."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_submission.entrants.models import Release


async def find(session: AsyncSession, entry_id: UUID) -> Release | None:
    """The release of an entry, if there was one. The account's turn guards it."""
    released: Release | None = await session.scalar(select(Release).where(col(Release.entry_id) == entry_id))
    return released
