"""The bus on Apache Kafka, by aiokafka."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.partitioner import DefaultPartitioner

from joust_kit.failpoints import failpoint
from joust_kit.messaging.bus import MAX_BATCH_BYTES, MessageTooLarge, Outgoing, Place
from joust_kit.messaging.envelope import Message, message_of
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_ACK_TIMEOUT_SECONDS = 30.0
_ADMIN_TIMEOUT_SECONDS = 30.0
_MAX_FETCH_BYTES = 20_000_000
_METADATA_MAX_AGE_MS = 5_000
"""A reader whose topics vanished looks for them this often; by default it would sit idle for five minutes."""
_HISTORY_POLL_MS = 500
_HISTORY_AT_ONCE = 500
_partition_of = DefaultPartitioner()

Batch = tuple[Any, list[int]]


class KafkaBus:
    """Topics of the brokers at ``bootstrap_servers``."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._servers = bootstrap_servers

    @asynccontextmanager
    async def sending(self) -> AsyncIterator["KafkaSender"]:
        """An idempotent producer: what fails on the way is sent again, and stored once."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._servers,
            enable_idempotence=True,
            acks="all",
            linger_ms=0,
            max_batch_size=MAX_BATCH_BYTES,
            request_timeout_ms=10_000,
            retry_backoff_ms=50,
        )
        await producer.start()
        try:
            yield KafkaSender(producer)
        finally:
            await producer.stop()

    @asynccontextmanager
    async def reading(
        self, topics: Sequence[str], group: str, member: str = ""
    ) -> AsyncIterator["KafkaGroupReader"]:
        """A consumer whose offsets are committed by hand."""
        consumer = AIOKafkaConsumer(
            *topics,
            bootstrap_servers=self._servers,
            group_id=group,
            group_instance_id=member or None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=10_000,
            heartbeat_interval_ms=1_000,
            max_partition_fetch_bytes=_MAX_FETCH_BYTES,
            retry_backoff_ms=50,
            metadata_max_age_ms=_METADATA_MAX_AGE_MS,
        )
        await consumer.start()
        try:
            yield KafkaGroupReader(consumer)
        finally:
            _take_leave(consumer)
            await consumer.stop()

    @asynccontextmanager
    async def listening(self, topics: Sequence[str]) -> AsyncIterator[AsyncIterator[Message]]:
        """A consumer without a group, from the end."""
        async with self._alone(topics, from_the="latest") as consumer:
            await consumer.seek_to_end()
            yield _messages(consumer)

    async def ends(self, topics: Sequence[str]) -> dict[Place, int]:
        """End offsets as the brokers have them."""
        async with self._alone(topics) as consumer:
            found = await consumer.end_offsets(list(consumer.assignment()))
        return {(place.topic, place.partition): end for place, end in found.items()}

    async def committed(self, group: str) -> dict[Place, int]:
        """Offsets of the group as the brokers have them."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._servers)
        await admin.start()
        try:
            async with asyncio.timeout(_ADMIN_TIMEOUT_SECONDS):
                offsets = await admin.list_consumer_group_offsets(group)
        finally:
            await admin.close()
        return {(place.topic, place.partition): entry.offset for place, entry in offsets.items()}

    async def history(self, place: Place, begin: int, end: int) -> AsyncIterator[Message]:
        """A consumer without a group, from ``begin``."""
        if begin >= end:
            return
        async with self._alone([]) as consumer:
            partition = TopicPartition(*place)
            consumer.assign([partition])
            if begin:
                consumer.seek(partition, begin)
            else:
                await consumer.seek_to_beginning(partition)
            while await consumer.position(partition) < end:
                batch = await consumer.getmany(
                    partition, timeout_ms=_HISTORY_POLL_MS, max_records=_HISTORY_AT_ONCE
                )
                for record in batch.get(partition, []):
                    if record.offset < end:
                        yield message_of(record)

    async def ping(self) -> None:
        """Connect once."""
        producer = AIOKafkaProducer(bootstrap_servers=self._servers, request_timeout_ms=1000)
        try:
            await producer.start()
        finally:
            await producer.stop()

    @asynccontextmanager
    async def _alone(
        self, topics: Sequence[str], *, from_the: str = "earliest"
    ) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = AIOKafkaConsumer(
            *topics,
            bootstrap_servers=self._servers,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset=from_the,
            retry_backoff_ms=50,
            metadata_max_age_ms=_METADATA_MAX_AGE_MS,
        )
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()


class KafkaSender:
    """Sends one batch at a time to each partition."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def send(self, messages: Sequence[Outgoing]) -> Sequence[int]:
        """Send to all partitions side by side, within each in order until the first failure."""
        by_place: dict[Place, list[int]] = defaultdict(list)
        for position, message in enumerate(messages):
            partitions = sorted(await self._producer.partitions_for(message.topic))
            by_place[message.topic, _partition_of(message.key, partitions, partitions)].append(position)
        sending = (self._send_in_order(place, at, messages) for place, at in by_place.items())
        return [position for sent in await asyncio.gather(*sending) for position in sent]

    async def _send_in_order(
        self, place: Place, positions: Sequence[int], messages: Sequence[Outgoing]
    ) -> list[int]:
        topic, partition = place
        acknowledged: list[int] = []
        for builder, batch in self._batches(positions, messages):
            try:
                delivery = await self._producer.send_batch(builder, topic, partition=partition)
                async with asyncio.timeout(_ACK_TIMEOUT_SECONDS):
                    await delivery
                if __debug__:
                    failpoint("after_one_partition_before_the_others")
            except (KafkaError, TimeoutError) as error:
                log.warning("kafka did not take a batch", topic=topic, partition=partition, error=repr(error))
                if not isinstance(error, KafkaError) or not error.retriable:
                    raise
                break
            acknowledged += batch
        return acknowledged

    def _batches(self, positions: Sequence[int], messages: Sequence[Outgoing]) -> list[Batch]:
        batches: list[Batch] = []
        builder, batch = self._producer.create_batch(), list[int]()
        for position in positions:
            message = messages[position]
            headers = [(name, value.encode()) for name, value in message.headers.items()]
            happened_at = _milliseconds_of(message)
            record = {
                "key": message.key,
                "value": message.value,
                "headers": headers,
                "timestamp": happened_at,
            }
            if builder.append(**record) is None:
                batches.append((builder, batch))
                builder, batch = self._producer.create_batch(), []
                builder.append(**record)
            # A batch takes its first record whatever its size.
            if builder.size() > MAX_BATCH_BYTES:
                raise MessageTooLarge(f"a message to {message.topic} is larger than a Kafka batch")
            batch.append(position)
        return [*batches, (builder, batch)]


class KafkaGroupReader:
    """One member of a consumer group."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def fetch(self, *, max_messages: int, wait_seconds: float) -> Sequence[Message]:
        """The next messages of the partitions that this member has."""
        fetched = await self._consumer.getmany(
            timeout_ms=round(wait_seconds * 1000), max_records=max_messages
        )
        return [message_of(record) for records in fetched.values() for record in records]

    async def commit(self) -> None:
        """Commit the positions of this member."""
        try:
            await self._consumer.commit()
        except (CommitFailedError, IllegalStateError) as error:
            # The group was rebalanced meanwhile: whoever has the partition now gets the batch again.
            log.info("offsets not committed after a rebalance", error=repr(error))


def _take_leave(consumer: AIOKafkaConsumer) -> None:
    """Have the consumer leave its group when it stops, so that others have its partitions within a heartbeat.

    One with a name would keep them until its successor comes or the group has missed it for ten seconds. That
    is right when it was killed (KIP-345), and long when it was told to stop. aiokafka has no call for this.
    """
    if isinstance(coordinator := consumer._coordinator, GroupCoordinator):
        coordinator._group_instance_id = None


def _milliseconds_of(message: Outgoing) -> int | None:
    """When the event happened. Kafka refuses a moment an hour ahead, as the clock of this machine may be."""
    try:
        return int(datetime.fromisoformat(message.headers["ce_time"]).timestamp() * 1000)
    except (KeyError, ValueError):
        return None


async def _messages(consumer: AIOKafkaConsumer) -> AsyncIterator[Message]:
    async for record in consumer:
        yield message_of(record)
