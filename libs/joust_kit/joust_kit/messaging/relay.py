"""The relay: takes committed events from the outbox to Kafka, in order for each key.

One relay is at work for each service, in whichever process holds the schema's advisory lock. It reads
whatever is committed, in order (``outbox_reader``). It sends one batch at a time to each partition, deletes
what Kafka acknowledged, and after a failure sends the same rows again: a row is never given up, and nothing
overtakes it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import asyncpg

from joust_kit.background import Backoff
from joust_kit.database.connections import connect_arguments
from joust_kit.database.tables import KitTables
from joust_kit.database.unit_of_work import channel_of
from joust_kit.failpoints import failpoint
from joust_kit.messaging.bus import Bus, Sender
from joust_kit.messaging.outbox_reader import BY_INDEX, OutboxReader, Row
from joust_kit.observability.metrics import EVENTS_RELAYED, RELAY_ACTIVE, RELAY_FAILURES
from joust_kit.settings import ServiceSettings

_STANDBY_POLL_SECONDS = 1.0
_IDLE_POLL_SECONDS = 2.0
"""A NOTIFY can be lost with its connection; this is how late an event can then be."""


class Relay:
    """Moves the outbox of one schema. Run it as a background loop in every process of the service."""

    def __init__(self, settings: ServiceSettings, tables: KitTables, bus: Bus) -> None:
        self._settings = settings
        self._bus = bus
        self._schema = str(tables.metadata.schema)
        self._channel = channel_of(tables)
        self._batch_size = settings.relay_batch_size
        self._acknowledge = f"DELETE FROM {self._schema}.outbox WHERE id = ANY($1)"  # noqa: S608 - constants
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look at the outbox now; events were committed in this process."""
        self._wake.set()

    async def run(self) -> None:
        """Wait for the lock, then relay until cancelled; raises when the database or Kafka is lost."""
        async with self._connected() as database:
            while not await self._take_lock(database):  # noqa: ASYNC110 - the lock tells nobody when it is free
                await asyncio.sleep(_STANDBY_POLL_SECONDS)
            if __debug__:
                failpoint("after_relay_lock_before_reading")
            async with self._bus.sending() as sender:
                RELAY_ACTIVE.set(1)
                try:
                    await self._relay_all(database, sender)
                finally:
                    RELAY_ACTIVE.set(0)

    async def _relay_all(self, database: asyncpg.Connection, sender: Sender) -> None:
        pauses = Backoff(0.05, 2.0)
        reader = OutboxReader(self._schema)
        while True:
            self._wake.clear()
            rows = await reader.read(database, self._batch_size)
            if not rows:
                await self._wait_for_events()
                continue
            if __debug__:
                failpoint("after_read_before_send")
            sent = await self._send(sender, rows)
            if __debug__:
                failpoint("after_send_before_delete")
            if sent:
                await database.execute(self._acknowledge, sent)
                EVENTS_RELAYED.inc(len(sent))
                if __debug__:
                    failpoint("after_delete_before_read")
            if len(sent) == len(rows):
                pauses.reset()
            else:
                RELAY_FAILURES.inc()
                reader.forget()
                await asyncio.sleep(pauses.next())

    async def _wait_for_events(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_IDLE_POLL_SECONDS):
                await self._wake.wait()

    async def _send(self, sender: Sender, rows: Sequence[Row]) -> list[int]:
        """Ids of the rows that Kafka acknowledged; within a partition always an unbroken beginning."""
        acknowledged = await sender.send([row.message() for row in rows])
        return [rows[position].id for position in acknowledged]

    async def _take_lock(self, database: asyncpg.Connection) -> bool:
        # The lock belongs to the session: it falls with the process or its connection, whichever ends first.
        return bool(await database.fetchval("SELECT pg_try_advisory_lock(hashtext($1))", self._channel))

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection]:
        arguments = connect_arguments(self._settings, application_name=f"joust-{self._schema}-relay")
        arguments["server_settings"] |= BY_INDEX
        url = str(self._settings.database_url).replace("+asyncpg", "")
        connection = await asyncpg.connect(url, **arguments)
        try:
            await connection.add_listener(self._channel, lambda *_: self._wake.set())
            yield connection
        finally:
            connection.terminate()
