"""What may be read of tasks, and by whom."""

from uuid import UUID

from joust_contracts.vocabulary import TaskStatus
from joust_kit.database.database import Database
from joust_kit.database.freshness import wait_for_version
from joust_kit.identity import Actor
from joust_ranking.tasks import repository
from joust_ranking.tasks.errors import TaskNotFound
from joust_ranking.tasks.models import Task


async def wait_for_task(database: Database, task_id: UUID, version: int | None) -> None:
    """Return once the task's ``version`` was heard of, at once for ``None``. Raises ``Unavailable``."""

    async def known_version() -> int | None:
        # A session for each look, so that who waits keeps no connection from others.
        async with database.reading() as session:
            return await repository.version_of(session, task_id)

    await wait_for_version(known_version, version)


def visible(task: Task | None, actor: Actor) -> Task:
    """The task, if the actor may see it; drafts are seen by their owner alone. Raises ``TaskNotFound``."""
    if task is None or (task.status == TaskStatus.DRAFT and task.owner_id != actor.account_id):
        raise TaskNotFound()
    return task
