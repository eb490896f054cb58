"""What may be asked of the projection of what was handed in."""

from collections.abc import Mapping
from uuid import UUID

from joust_kit.database.database import Database
from joust_kit.database.freshness import wait_for_version
from joust_task.competition_works import repository


async def wait_for_works(database: Database, expected: Mapping[UUID, int]) -> None:
    """Return once all work is known at the version that the caller has seen. Raises ``Unavailable``."""
    for id, version in expected.items():

        async def known_version(id: UUID = id) -> int | None:
            async with database.reading() as session:
                work = await repository.find(session, id)
            return None if work is None else work.version

        await wait_for_version(known_version, version)
