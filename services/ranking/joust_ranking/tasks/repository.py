"""All SQL about the projection of tasks."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_kit.database import projections
from joust_ranking.tasks.models import Task


async def find(session: AsyncSession, task_id: UUID) -> Task | None:
    """The task as last heard of."""
    return await session.get(Task, task_id)


async def version_of(session: AsyncSession, task_id: UUID) -> int | None:
    """The version last heard of, ``None`` for an unknown task."""
    return await session.scalar(select(col(Task.version)).where(col(Task.id) == task_id))


async def put(session: AsyncSession, task: Task) -> bool:
    """Write the task unless the same or a newer version is there; tells whether it was written."""
    return await projections.take_newer(session, Task, task.model_dump())
