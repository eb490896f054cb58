"""All SQL about known tasks."""

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.events.tasks import TaskSnapshot
from joust_evaluation.tasks.models import KnownTask
from joust_kit.database import projections


async def take_newer(session: AsyncSession, task: TaskSnapshot) -> bool:
    """Store the task, unless the same or a newer version of it is known; tells whether it was stored."""
    documents = {"criteria", "test_suite"}
    values = task.model_dump(include=set(KnownTask.model_fields) - documents)
    values |= task.model_dump(mode="json", include=documents)
    return await projections.take_newer(session, KnownTask, values)
