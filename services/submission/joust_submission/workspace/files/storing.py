"""Takes files to storage, and out of it again: at once if refused, later if replaced or deleted."""

import asyncio
import heapq
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from joust_kit.clock import Clock
from joust_kit.failpoints import failpoint
from joust_kit.incoming import Incoming
from joust_kit.orphans import remove_if_possible
from joust_kit.storage import Storage
from joust_submission.workspace.files.keys import key_of_file

_MAX_WAITING = 10_000


@asynccontextmanager
async def stored(
    storage: Storage, account_id: UUID, object_id: UUID, incoming: Incoming, content_type: str
) -> AsyncIterator[None]:
    """The file as an object for the length of the block, and after it unless the block raises.

    Raises ``Unavailable`` if storage does not take it. A process that dies within the block, or a commit that
    fails after it, leaves an object without a row, which the sweep removes later.
    """
    if __debug__:
        failpoint("before_workspace_file_is_stored")
    key = key_of_file(account_id, object_id)
    await storage.put(key, incoming.chunks(), size_bytes=incoming.size_bytes, content_type=content_type)
    if __debug__:
        failpoint("after_workspace_file_is_stored_before_its_row")
    try:
        yield
    except BaseException:
        await remove_if_possible(storage, key)
        raise


@dataclass
class Removals:
    """Objects that are to go, after a delay. They wait in memory: what is lost there is swept later."""

    storage: Storage
    clock: Callable[[], Clock]
    delay: timedelta
    _waiting: list[tuple[datetime, str]] = field(default_factory=list)
    _noted: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, key: str) -> None:
        """Have an object removed."""
        if len(self._waiting) < _MAX_WAITING:
            heapq.heappush(self._waiting, (self.clock().now() + self.delay, key))
            self._noted.set()

    async def run(self) -> None:
        """Remove what is noted, each in its time. Run it as a background loop."""
        while True:
            await self._noted.wait()
            due, _ = self._waiting[0]
            await asyncio.sleep(max(0.0, (due - self.clock().now()).total_seconds()))
            await self.remove_due()

    async def remove_due(self) -> None:
        """Remove everything whose time has come."""
        now = self.clock().now()
        while self._waiting and self._waiting[0][0] <= now:
            _, key = heapq.heappop(self._waiting)
            if __debug__:
                failpoint("before_replaced_workspace_file_is_removed")
            await remove_if_possible(self.storage, key)
        if not self._waiting:
            self._noted.clear()
