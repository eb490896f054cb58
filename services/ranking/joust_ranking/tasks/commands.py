"""What can be done to the projection of tasks. Each runs in the caller's transaction."""

from joust_contracts.events.tasks import TaskSnapshot
from joust_kit.database.unit_of_work import UnitOfWork
from joust_ranking.matching.rules import plain_category
from joust_ranking.tasks import repository
from joust_ranking.tasks.models import Task


async def project_task(unit: UnitOfWork, task: TaskSnapshot) -> bool:
    """Remember the task as an event tells it; false if it is not newer than the known one."""
    fields = task.model_dump(include=set(Task.model_fields)) | {"category": plain_category(task.category)}
    return await repository.put(unit.session, Task(**fields))
