"""What may be asked of the projections of competitions."""

from collections.abc import Mapping
from uuid import UUID

from joust_kit.database.database import Database
from joust_kit.database.freshness import wait_for_version
from joust_submission.contests import repository


async def wait_for_contests(database: Database, expected: Mapping[UUID, int]) -> None:
    """Return once every competition and entry is known at the version that the caller has seen.

    Raises ``Unavailable`` if its event does not come in time. No connection is kept between the looks.
    """
    for id, version in expected.items():

        async def known_version(id: UUID = id) -> int | None:
            async with database.reading() as session:
                return await repository.version_of(session, id)

        await wait_for_version(known_version, version)
