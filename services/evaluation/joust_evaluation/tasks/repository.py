"""All SQL about known tasks."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.events.tasks import TaskSnapshot
from joust_evaluation.tasks.models import KnownTask
from joust_kit.database import projections


async def take_newer(session: AsyncSession, task: TaskSnapshot) -> bool:
    """Store the task, unless the same or a newer version of it is known; tells whether it was stored."""
    documents = {"criteria", "test_suite", "reference_sample", "cheat_sample"}
    values = task.model_dump(include=set(KnownTask.model_fields) - documents)
    values |= task.model_dump(mode="json", include=documents)
    return await projections.take_newer(session, KnownTask, values)


async def version_of(session: AsyncSession, task_id: UUID) -> int | None:
    """The newest version that is known."""
    version: int | None = await session.scalar(
        select(col(KnownTask.version)).where(col(KnownTask.id) == task_id)
    )
    return version
