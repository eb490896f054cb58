"""Removes objects that no task refers to: their upload came before a commit that never came."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from joust_kit.database.database import Database
from joust_kit.observability.logging import get_logger
from joust_kit.storage import Storage
from joust_task.attachments import repository as attachments
from joust_task.files.keys import KEY_PREFIX, FileKey, FileKind, parse_key
from joust_task.tasks import repository as tasks

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
        """Remove what is old enough and belongs to no task; returns how many objects that were."""
        newest = self.database.clock.now() - self.min_age
        removed, keys = 0, list[FileKey]()
        async for listed in self.storage.list_objects(KEY_PREFIX):
            key = parse_key(listed.key)
            if key is not None and listed.modified_at <= newest:
                keys.append(key)
            if len(keys) >= _KEYS_AT_ONCE:
                removed += await self._remove_orphans(keys)
                keys.clear()
        return removed + await self._remove_orphans(keys)

    async def _remove_orphans(self, keys: Sequence[FileKey]) -> int:
        if not keys:
            return 0
        files = [key.id for key in keys if key.kind is FileKind.ATTACHMENT]
        suites = [key.task_id for key in keys if key.kind is FileKind.TEST_SUITE]
        async with self.database.reading() as session:
            known_files = await attachments.existing(session, files)
            known_suites = await tasks.test_suite_keys(session, suites)
        orphans = [key for key in keys if key.id not in known_files and str(key) not in known_suites]
        for key in orphans:
            await self.storage.delete(str(key))
            log.info("file without a task removed", key=str(key))
        return len(orphans)
