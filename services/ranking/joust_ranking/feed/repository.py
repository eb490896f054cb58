"""All SQL about the feed."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.events.drops import DropResult, DropSnapshot
from joust_kit.database import projections
from joust_ranking.feed.models import CompletedDrop


async def learn(session: AsyncSession, drop: DropSnapshot, result: DropResult) -> bool:
    """Take over the drop if this version is newer than the known one; tells whether it was."""
    values = drop.model_dump(include=set(CompletedDrop.model_fields))
    grading = result.model_dump(include={"grade", "grade_rationale"})
    return await projections.take_newer(session, CompletedDrop, values | grading)


async def newest(session: AsyncSession, limit: int, offset: int) -> Sequence[CompletedDrop]:
    """Completed drops, the latest first."""
    query = select(CompletedDrop).order_by(col(CompletedDrop.updated_at).desc(), col(CompletedDrop.id).desc())
    return (await session.scalars(query.limit(limit).offset(offset))).all()
