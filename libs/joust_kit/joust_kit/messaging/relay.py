"""The relay: takes committed events from the outbox to Kafka, in order for each key.

One relay is at work for each service, in whichever process holds the schema's advisory lock. It reads
whatever is committed, in order (``outbox_reader``). It sends one batch at a time to each partition, deletes
what Kafka acknowledged, and after a failure sends the same rows again: a row is never given up, and nothing
overtakes it.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from joust_kit.background import Backoff
from joust_kit.database.connections import connect_arguments
from joust_kit.database.tables import KitTables
from joust_kit.database.unit_of_work import channel_of
from joust_kit.failpoints import failpoint
from joust_kit.messaging.outbox_reader import BY_INDEX, OutboxReader, Row
from joust_kit.observability.logging import get_logger
from joust_kit.observability.metrics import EVENTS_RELAYED, RELAY_ACTIVE, RELAY_FAILURES
from joust_kit.settings import ServiceSettings

log = get_logger(__name__)

_STANDBY_POLL_SECONDS = 1.0
_IDLE_POLL_SECONDS = 2.0
"""A NOTIFY can be lost with its connection; this is how late an event can then be."""
_ACK_TIMEOUT_SECONDS = 30.0
_MAX_BATCH_BYTES = 900_000

Place = tuple[str, int]


class Relay:
    """Moves the outbox of one schema. Run it as a background loop in every process of the service."""

    def __init__(self, settings: ServiceSettings, tables: KitTables) -> None:
        self._settings = settings
        self._schema = str(tables.metadata.schema)
        self._channel = channel_of(tables)
        self._batch_size = settings.relay_batch_size
        self._acknowledge = f"DELETE FROM {self._schema}.outbox WHERE id = ANY($1)"  # noqa: S608 - constants
        self._wake = asyncio.Event()
        self._partition_of = DefaultPartitioner()

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
            async with self._producing() as producer:
                RELAY_ACTIVE.set(1)
                try:
                    await self._relay_all(database, producer)
                finally:
                    RELAY_ACTIVE.set(0)

    async def _relay_all(self, database: asyncpg.Connection, producer: AIOKafkaProducer) -> None:
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
            sent = await self._send(producer, rows)
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
        try:
            await asyncio.wait_for(self._wake.wait(), _IDLE_POLL_SECONDS)
        except TimeoutError:
            return

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[Row]) -> list[int]:
        """Ids of the rows that Kafka acknowledged; within a partition always an unbroken beginning."""
        by_place: dict[Place, list[Row]] = defaultdict(list)
        for row in rows:
            partitions = sorted(await producer.partitions_for(row.topic))
            partition = self._partition_of(row.ordering_key.bytes, partitions, partitions)
            by_place[row.topic, partition].append(row)
        sent = await asyncio.gather(*(self._send_in_order(producer, *item) for item in by_place.items()))
        return [id for ids in sent for id in ids]

    async def _send_in_order(
        self, producer: AIOKafkaProducer, place: Place, rows: Sequence[Row]
    ) -> list[int]:
        topic, partition = place
        acknowledged: list[int] = []
        for batch in self._batches(producer, rows):
            builder, ids = batch
            try:
                delivery = await producer.send_batch(builder, topic, partition=partition)
                await asyncio.wait_for(delivery, _ACK_TIMEOUT_SECONDS)
                if __debug__:
                    failpoint("after_one_partition_before_the_others")
            except (KafkaError, TimeoutError) as error:
                log.warning("kafka did not take a batch", topic=topic, partition=partition, error=repr(error))
                if not isinstance(error, KafkaError) or not error.retriable:
                    raise
                break
            acknowledged += ids
        return acknowledged

    def _batches(self, producer: AIOKafkaProducer, rows: Sequence[Row]) -> list[tuple[Any, list[int]]]:
        batches: list[tuple[Any, list[int]]] = []
        builder, ids = producer.create_batch(), list[int]()
        for row in rows:
            headers = [(name, value.encode()) for name, value in json.loads(row.headers).items()]
            record = {"key": row.ordering_key.bytes, "value": row.value, "headers": headers}
            if builder.append(timestamp=None, **record) is None:
                batches.append((builder, ids))
                builder, ids = producer.create_batch(), []
                if builder.append(timestamp=None, **record) is None:
                    raise ValueError(f"outbox row {row.id} is larger than a Kafka batch")
            ids.append(row.id)
        return [*batches, (builder, ids)]

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

    @asynccontextmanager
    async def _producing(self) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.kafka_bootstrap_servers,
            enable_idempotence=True,
            acks="all",
            linger_ms=0,
            max_batch_size=_MAX_BATCH_BYTES,
            request_timeout_ms=10_000,
            retry_backoff_ms=50,
        )
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()
