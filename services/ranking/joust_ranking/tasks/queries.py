"""What may be read of tasks, and by whom."""

from uuid import UUID

from joust_contracts.vocabulary import TaskStatus
from joust_kit.database.database import Database
from joust_kit.database.freshness import wait_for_version
from joust_kit.identity import Actor
from joust_ranking.tasks import repository


async def wait_for_task(database: Database, task_id: UUID, version: int | None) -> None:
    """Return once the task's ``version`` was heard of, at once for ``None``. Raises ``Unavailable``."""

    async def known_version() -> int | None:
        # A session for each look, so that who waits keeps no connection from others.
        async with database.reading() as session:
            return await repository.version_of(session, task_id)

    await wait_for_version(known_version, version)


def is_visible(status: TaskStatus, owner_id: UUID, actor: Actor) -> bool:
    """True if the actor may see a task; drafts are seen by their owner alone."""
    return status != TaskStatus.DRAFT or owner_id == actor.account_id
