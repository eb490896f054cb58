"""Takes a service's events from Kafka: in order for each key, several keys at a time.

Offsets are committed after a batch was handled or set aside, so a crash at any point only means that
events come again, and the inbox knows them.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import CommitFailedError, IllegalStateError

from joust_kit.background import Backoff
from joust_kit.database.failures import is_contention, is_too_slow, is_unavailable
from joust_kit.failpoints import failpoint
from joust_kit.messaging.envelope import Message, UnreadableEvent, message_of
from joust_kit.messaging.inbox import Inbox, Outcome, ordering_key
from joust_kit.messaging.retries import Retries
from joust_kit.messaging.subscriptions import Subscriptions
from joust_kit.observability.logging import get_logger
from joust_kit.settings import ServiceSettings

log = get_logger(__name__)

_POLL_MS = 1000
_MAX_FETCH_BYTES = 20_000_000
METADATA_MAX_AGE_MS = 5_000
"""A reader whose topics vanished looks for them this often; by default it would sit idle for five minutes."""


class Consumer:
    """Consumes the topics of a subscriptions table. Run it as a background loop."""

    def __init__(
        self, settings: ServiceSettings, subscriptions: Subscriptions, inbox: Inbox, retries: Retries
    ) -> None:
        self._settings = settings
        self._subscriptions = subscriptions
        self._inbox = inbox
        self._retries = retries
        self._places = asyncio.Semaphore(settings.consumer_concurrency)

    async def run(self) -> None:
        """Consume until cancelled; raises when Kafka is lost."""
        if not self._subscriptions.topics:
            await asyncio.Event().wait()
        consumer = AIOKafkaConsumer(
            *self._subscriptions.topics,
            bootstrap_servers=self._settings.kafka_bootstrap_servers,
            group_id=self._subscriptions.group,
            group_instance_id=self._settings.consumer_instance_id or None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=10_000,
            heartbeat_interval_ms=1_000,
            max_partition_fetch_bytes=_MAX_FETCH_BYTES,
            retry_backoff_ms=50,
            metadata_max_age_ms=METADATA_MAX_AGE_MS,
        )
        await consumer.start()
        try:
            while True:
                await self._consume_batch(consumer)
        finally:
            await consumer.stop()

    async def _consume_batch(self, consumer: AIOKafkaConsumer) -> None:
        fetched = await consumer.getmany(timeout_ms=_POLL_MS, max_records=self._settings.consumer_batch_size)
        if not fetched:
            return
        if __debug__:
            failpoint("after_fetch_before_handling")
        await self.consume([message_of(record) for records in fetched.values() for record in records])
        if __debug__:
            failpoint("after_handling_before_offsets")
        try:
            await consumer.commit()
        except (CommitFailedError, IllegalStateError) as error:
            # The group was rebalanced meanwhile: whoever has the partition now gets the batch again.
            log.info("offsets not committed after a rebalance", error=repr(error))
        if __debug__:
            failpoint("after_offsets_before_fetch")

    async def consume(self, messages: Sequence[Message]) -> None:
        """Handle a batch; returns when each message was handled, set aside or given up."""
        by_key: dict[UUID, list[Message]] = defaultdict(list)
        for message in messages:
            if self._subscriptions.wants(message.wire_type):
                by_key[ordering_key(message)].append(message)
        async with asyncio.TaskGroup() as group:
            for queue in by_key.values():
                group.create_task(self._consume_key(queue))

    async def _consume_key(self, messages: Sequence[Message]) -> None:
        for message in messages:
            async with self._places:
                await self._consume_one(message)

    async def _consume_one(self, message: Message) -> None:
        pauses = Backoff(0.05, 2.0)
        while True:
            try:
                await self._handle_or_set_aside(message)
                return
            except Exception as error:
                if not is_unavailable(error) and not is_contention(error):
                    raise
                log.warning("event waits for the database", error=repr(error), event_type=message.wire_type)
                await asyncio.sleep(pauses.next())

    async def _handle_or_set_aside(self, message: Message) -> None:
        limit = self._settings.handler_timeout_seconds
        try:
            outcome = await self._inbox.handle_message(message, timeout_seconds=limit)
        except UnreadableEvent as error:
            await self._retries.give_up(message, error.reason, str(error))
        except Exception as error:
            if _is_infrastructure(error):
                raise
            log.warning("event set aside", event_type=message.wire_type, error=repr(error))
            await self._retries.set_aside(message, repr(error), attempts=1)
        else:
            if outcome is Outcome.BEHIND_A_RETRY:
                await self._retries.set_aside(message, "waits behind another of its key", attempts=0)


def _is_infrastructure(error: BaseException) -> bool:
    """A handler that took too long is at fault itself; a database that does not answer is not its fault."""
    return (is_unavailable(error) and not is_too_slow(error)) or is_contention(error)
