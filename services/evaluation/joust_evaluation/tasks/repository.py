"""All SQL about known tasks."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.events.tasks import TaskSnapshot
from joust_evaluation.tasks.models import KnownTask


async def take_newer(session: AsyncSession, task: TaskSnapshot) -> bool:
    """Store the task, unless the same or a newer version of it is known; tells whether it was stored."""
    values = task.model_dump(include=set(KnownTask.model_fields))
    values["criteria"] = [criterion.model_dump(mode="json") for criterion in task.criteria]
    statement = insert(KnownTask).values(values)
    changes = {name: statement.excluded[name] for name in values if name != "id"}
    newer = col(KnownTask.version) < statement.excluded.version
    stored = statement.on_conflict_do_update(index_elements=["id"], set_=changes, where=newer)
    return (await session.execute(stored.returning(col(KnownTask.id)))).first() is not None
