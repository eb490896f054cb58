"""Stops revoked keys in this process, whichever process they were revoked in.

The broadcast of events tells at once. What it misses, as while Kafka is away, ends by itself: a key's
holder is remembered for ``REMEMBERED`` only, and keys of open streams are looked up every ``CHECK_SECONDS``.
"""

import asyncio
from uuid import UUID

from joust_contracts.events import ApiKeyRevoked, Event, EventData
from joust_gateway.access.holders import Holders
from joust_gateway.access.open_streams import OpenStreams
from joust_gateway.accounts import repository
from joust_kit.database.database import Database

CHECK_SECONDS = 2.0
"""Streams of a revoked key must be closed within five seconds."""


class Revocations:
    """Knows who must hear that a key works no more. Run it as a background loop."""

    def __init__(self, database: Database, holders: Holders, streams: OpenStreams) -> None:
        self._database = database
        self._holders = holders
        self._streams = streams

    def stop(self, key_id: UUID) -> None:
        """Take the key no more, and end its streams."""
        self._holders.forget(key_id)
        self._streams.end(key_id)

    def hear(self, event: Event[EventData]) -> None:
        """Stop the key that ``event`` is about, if it is about one."""
        if isinstance(event.data, ApiKeyRevoked):
            self.stop(event.data.api_key.id)

    async def run(self) -> None:
        """Look after open streams until cancelled; raises when the database is lost."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            await self.check()

    async def check(self) -> None:
        """End streams whose key was revoked."""
        keys = self._streams.keys
        if not keys:
            return
        async with self._database.reading() as session:
            revoked = await repository.find_revoked(session, keys)
        for key_id in revoked:
            self.stop(key_id)
