"""All SQL about the projection of tasks."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.events.tasks import TaskSnapshot
from joust_kit.database import projections
from joust_submission.tasks.models import KnownTask


async def find(session: AsyncSession, task_id: UUID) -> KnownTask | None:
    """The task as far as it is known."""
    return await session.get(KnownTask, task_id)


async def hold(session: AsyncSession, task_id: UUID) -> KnownTask | None:
    """The task, which can't change until the transaction ends; others may hold it at the same time."""
    return await session.get(KnownTask, task_id, with_for_update={"read": True})


async def version_of(session: AsyncSession, task_id: UUID) -> int | None:
    """The newest version that is known."""
    version: int | None = await session.scalar(
        select(col(KnownTask.version)).where(col(KnownTask.id) == task_id)
    )
    return version


async def learn(session: AsyncSession, task: TaskSnapshot) -> bool:
    """Take over the task if this version is newer than the known one; tells whether it was."""
    values = task.model_dump(include=set(KnownTask.model_fields))
    return await projections.take_newer(session, KnownTask, values)
