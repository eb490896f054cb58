"""What may be asked of the projection of tasks."""

from collections.abc import Mapping
from uuid import UUID

from joust_evaluation.tasks import repository
from joust_kit.database.database import Database
from joust_kit.database.freshness import wait_for_version


async def wait_for_task(database: Database, task_id: UUID, expected: Mapping[UUID, int]) -> None:
    """Return once the task is known at the version that the caller has already seen, if any.

    Raises ``Unavailable`` if its event does not come in time. No connection is kept between the looks.
    """

    async def known_version() -> int | None:
        async with database.reading() as session:
            return await repository.version_of(session, task_id)

    await wait_for_version(known_version, expected.get(task_id))
