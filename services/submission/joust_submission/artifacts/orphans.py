"""Removes artifacts that no submission has: their upload came before a commit that never came."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from joust_kit.database.database import Database
from joust_kit.observability.logging import get_logger
from joust_kit.storage import Storage
from joust_submission.artifacts.keys import KEY_PREFIX, submission_of
from joust_submission.submissions import repository

log = get_logger(__name__)

_KEYS_AT_ONCE = 500


@dataclass(frozen=True)
class OrphanSweep:
    """Looks through storage at an interval. Any number of processes may do so at the same time."""

    database: Database
    storage: Storage
    min_age: timedelta
    """Longer than any request takes from its upload to its commit."""
    interval: timedelta

    async def run(self) -> None:
        """Sweep now and at every interval. Run it as a background loop."""
        while True:
            await self.sweep()
            await asyncio.sleep(self.interval.total_seconds())

    async def sweep(self) -> int:
        """Remove what is old enough and belongs to no submission; returns how many objects that were."""
        newest = self.database.clock.now() - self.min_age
        removed, keys = 0, list[str]()
        async for listed in self.storage.list_objects(KEY_PREFIX):
            if listed.modified_at <= newest:
                keys.append(listed.key)
            if len(keys) >= _KEYS_AT_ONCE:
                removed += await self._remove_orphans(keys)
                keys.clear()
        return removed + await self._remove_orphans(keys)

    async def _remove_orphans(self, keys: Sequence[str]) -> int:
        by_submission = {id: key for key in keys if (id := submission_of(key)) is not None}
        async with self.database.reading() as session:
            known = await repository.existing(session, list(by_submission))
        orphans = [key for id, key in by_submission.items() if id not in known]
        for key in orphans:
            await self.storage.delete(key)
            log.info("artifact without a submission removed", key=key)
        return len(orphans)
