"""Removes objects that no row refers to: their upload came before a commit that never came."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from joust_kit.database.database import Database
from joust_kit.observability.logging import get_logger
from joust_kit.storage import Storage

log = get_logger(__name__)

_KEYS_AT_ONCE = 500
_REMOVAL_TIMEOUT_SECONDS = 2.0
"""A caller may wait for its refusal meanwhile."""


async def remove_if_possible(storage: Storage, key: str) -> None:
    """Remove an object that nothing refers to; if storage does not answer, a sweep does it later."""
    try:
        async with asyncio.timeout(_REMOVAL_TIMEOUT_SECONDS):
            await storage.delete(key)
    except Exception as error:  # noqa: BLE001 - what was decided stays decided
        log.warning("object was not removed", key=key, error=repr(error))


@dataclass(frozen=True)
class Sweep(ABC):
    """Looks through storage at an interval. Any number of processes may do so at the same time."""

    prefixes: ClassVar[tuple[str, ...]]

    database: Database
    storage: Storage
    min_age: timedelta
    """Longer than any request takes from storing an object to its commit."""
    interval: timedelta

    @abstractmethod
    async def orphans_among(self, keys: Sequence[str]) -> Sequence[str]:
        """Those of ``keys`` that no row refers to; a key that is not of the service's making is not among
        them."""

    async def run(self) -> None:
        """Sweep now and at every interval. Run it as a background loop."""
        while True:
            await self.sweep()
            await asyncio.sleep(self.interval.total_seconds())

    async def sweep(self) -> int:
        """Remove what is old enough and belongs to nothing; returns how many objects that were."""
        removed, keys = 0, list[str]()
        async for key in self._old_keys():
            keys.append(key)
            if len(keys) >= _KEYS_AT_ONCE:
                removed += await self._remove_orphans(keys)
                keys.clear()
        return removed + await self._remove_orphans(keys)

    async def _old_keys(self) -> AsyncIterator[str]:
        newest = self.database.clock.now() - self.min_age
        for prefix in self.prefixes:
            async for listed in self.storage.list_objects(prefix):
                if listed.modified_at <= newest:
                    yield listed.key

    async def _remove_orphans(self, keys: Sequence[str]) -> int:
        orphans = await self.orphans_among(keys) if keys else ()
        for key in orphans:
            await self.storage.delete(key)
            log.info("object that nothing refers to removed", key=key)
        return len(orphans)
