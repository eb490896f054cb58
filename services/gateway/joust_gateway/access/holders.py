"""Who holds which key, remembered for a moment: an agent that asks all the time is looked up once a second.

A revoked key is refused at once by the gateway that revoked it, and by every other after ``REMEMBERED``.
However many requests of one key come at the same moment, as when all its streams are opened again, one asks
and the others wait for its answer. Of different keys a few are looked up at once: each takes a millisecond;
and a process that has just started would else open a connection for each, which PostgreSQL can be slow to do.
"""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from joust_gateway.accounts import repository
from joust_gateway.accounts.repository import Holder
from joust_kit.database.database import Database

REMEMBERED = timedelta(seconds=0.5)
"""Long enough for a burst of requests, short enough that a stolen key is stopped within a second."""

_LIMIT = 20_000
_AT_ONCE = 4


class Holders:
    """The holders of keys that came lately."""

    def __init__(self, database: Database, patience_seconds: float) -> None:
        """``patience_seconds``: how long a look-up waits for its turn."""
        self._database = database
        self._patience_seconds = patience_seconds
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._known: dict[bytes, tuple[datetime, Holder]] = {}
        self._asking: dict[bytes, asyncio.Task[Holder | None]] = {}

    async def find(self, key_hash: bytes) -> Holder | None:
        """The holder of an active key. What does not work is remembered by nobody.

        Raises ``TimeoutError`` if there is no turn in time, and whatever the database raises.
        """
        now = self._database.clock.now()
        known = self._known.get(key_hash)
        if known is not None and known[0] <= now < known[0] + REMEMBERED:
            return known[1]
        asking = self._asking.get(key_hash)
        if asking is None:
            asking = self._asking[key_hash] = asyncio.create_task(self._ask(key_hash, now))
        # One request that is cut off leaves the others their answer.
        return await asyncio.shield(asking)

    async def _ask(self, key_hash: bytes, now: datetime) -> Holder | None:
        me = asyncio.current_task()
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._turns.acquire()
            try:
                async with self._database.reading() as session:
                    holder = await repository.find_holder(session, key_hash)
            finally:
                self._turns.release()
            if self._asking.get(key_hash) is me:
                self._remember(key_hash, now, holder)
        finally:
            if self._asking.get(key_hash) is me:
                del self._asking[key_hash]
        return holder

    def _remember(self, key_hash: bytes, now: datetime, holder: Holder | None) -> None:
        self._known.pop(key_hash, None)
        if holder is None:
            return
        if len(self._known) >= _LIMIT:
            self._known.clear()
        # As of before the question: a revocation that came in between is not kept out for longer.
        self._known[key_hash] = now, holder

    def forget(self, key_id: UUID) -> None:
        """Look the key up again when it comes next; an answer that is on its way is not remembered."""
        self._asking.clear()
        self._known = {hash: known for hash, known in self._known.items() if known[1].key_id != key_id}
