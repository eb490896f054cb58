"""Removes what lies in storage and belongs to no file, and uploads that were never finalized."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from joust_kit.database.database import Database
from joust_kit.observability.logging import get_logger
from joust_kit.storage import Storage
from joust_submission.workspace.files import repository
from joust_submission.workspace.files.keys import FILES, UPLOADS, object_of

log = get_logger(__name__)

_AT_ONCE = 500


@dataclass(frozen=True)
class WorkspaceSweep:
    """Looks through storage at an interval. Any number of processes may do so at the same time."""

    database: Database
    storage: Storage
    min_age: timedelta
    """Longer than any request takes from storing an object to its commit."""
    interval: timedelta

    async def run(self) -> None:
        """Sweep now and at every interval. Run it as a background loop."""
        while True:
            await self.sweep()
            await asyncio.sleep(self.interval.total_seconds())

    async def sweep(self) -> int:
        """Remove what is old enough and belongs to nothing; returns how many objects that were."""
        await self._forget_uploads()
        newest = self.database.clock.now() - self.min_age
        removed, keys = 0, list[str]()
        for prefix in (FILES, UPLOADS):
            async for listed in self.storage.list_objects(prefix):
                if listed.modified_at <= newest:
                    keys.append(listed.key)
                if len(keys) >= _AT_ONCE:
                    removed += await self._remove_orphans(keys)
                    keys.clear()
        return removed + await self._remove_orphans(keys)

    async def _forget_uploads(self) -> None:
        """An upload that is over is kept for as long as a request may still be about it."""
        ended_before = self.database.clock.now() - self.min_age
        forgotten = _AT_ONCE
        while forgotten == _AT_ONCE:
            async with self.database.transaction() as unit:
                forgotten = await repository.forget_expired_uploads(unit.session, ended_before, _AT_ONCE)

    async def _remove_orphans(self, keys: Sequence[str]) -> int:
        by_object = {id: key for key in keys if (id := object_of(key)) is not None}
        async with self.database.reading() as session:
            known = await repository.known_objects(session, list(by_object))
        orphans = [key for id, key in by_object.items() if id not in known]
        for key in orphans:
            await self.storage.delete(key)
            log.info("object without a workspace file removed", key=key)
        return len(orphans)
