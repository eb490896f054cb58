"""Remembers when keys were used, and writes it now and then: no request waits for it."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from joust_gateway.accounts import repository
from joust_kit.database.database import Database
from joust_kit.failpoints import failpoint

PAUSE = timedelta(minutes=1)
"""A key's last use is written at most this often."""

_REMEMBERED_LIMIT = 50_000


class LastUses:
    """Uses of keys that are not yet in the database. Run it as a background loop."""

    def __init__(self, database: Database, delay_seconds: float) -> None:
        self._database = database
        self._delay_seconds = delay_seconds
        self._pending: dict[UUID, datetime] = {}
        self._written: dict[UUID, datetime] = {}
        self._noted = asyncio.Event()

    def note(self, key_id: UUID, known: datetime | None) -> None:
        """The key was used now; ``known`` is the last use on record."""
        now = self._database.clock.now()
        known = max(filter(None, (known, self._written.get(key_id))), default=None)
        if known is None or now - known >= PAUSE:
            self._pending[key_id] = now
            self._noted.set()

    async def run(self) -> None:
        """Write what is noted until cancelled; raises when the database is lost."""
        while True:
            await self._noted.wait()
            await asyncio.sleep(self._delay_seconds)
            await self.write()

    async def write(self) -> None:
        """Write what was noted so far, in one statement."""
        self._noted.clear()
        uses, self._pending = self._pending, {}
        if not uses:
            return
        if len(self._written) > _REMEMBERED_LIMIT:
            self._written.clear()
        self._written.update(uses)
        if __debug__:
            failpoint("after_requests_before_last_uses")
        try:
            async with self._database.transaction() as unit:
                await repository.note_uses(unit.session, uses, PAUSE)
        except BaseException:
            self._pending = uses | self._pending
            self._noted.set()
            raise
