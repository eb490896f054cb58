"""All SQL about competitors."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_task.competitors.models import CompetitorCount

_ADD = text(
    """
    WITH added AS (
        INSERT INTO task.competitors (task_id, account_id)
        VALUES (CAST(:task_id AS uuid), CAST(:account_id AS uuid))
        ON CONFLICT DO NOTHING RETURNING task_id
    )
    INSERT INTO task.competitor_counts AS counts (task_id, competitors) SELECT task_id, 1 FROM added
    ON CONFLICT (task_id) DO UPDATE SET competitors = counts.competitors + 1
    """
)


async def add(session: AsyncSession, task_id: UUID, account_id: UUID) -> None:
    """Remember that the account competes; again changes nothing."""
    await session.execute(_ADD, {"task_id": task_id, "account_id": account_id})


async def counts(session: AsyncSession, task_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many compete in each task; those without competitors are left out."""
    query = select(col(CompetitorCount.task_id), col(CompetitorCount.competitors))
    rows = await session.execute(query.where(col(CompetitorCount.task_id).in_(task_ids)))
    return {row.task_id: row.competitors for row in rows}
