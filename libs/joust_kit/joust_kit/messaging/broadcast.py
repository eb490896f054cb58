"""Reads topics as a broadcast: every process sees every event, from now on, and remembers nothing."""

from collections.abc import Awaitable, Callable, Sequence

from aiokafka import AIOKafkaConsumer

from joust_contracts.events import EVENTS_BY_TYPE, Event, EventData
from joust_kit.messaging.consumer import METADATA_MAX_AGE_MS
from joust_kit.messaging.envelope import UnreadableEvent, decode, message_of
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

Listener = Callable[[Event[EventData]], Awaitable[None]]


class Broadcast:
    """A consumer without a group, from the end of its topics. Run it as a background loop."""

    def __init__(
        self, bootstrap_servers: str, topics: Sequence[str], types: Sequence[type[EventData]], tell: Listener
    ) -> None:
        """``tell`` gets each event of ``types``; it must be quick and must not raise."""
        self._bootstrap_servers = bootstrap_servers
        self._topics = topics
        self._types = {event.wire_type() for event in types}
        self._tell = tell

    async def run(self) -> None:
        """Listen until cancelled; raises when Kafka is lost."""
        consumer = AIOKafkaConsumer(
            *self._topics,
            bootstrap_servers=self._bootstrap_servers,
            group_id=None,
            auto_offset_reset="latest",
            enable_auto_commit=False,
            retry_backoff_ms=50,
            metadata_max_age_ms=METADATA_MAX_AGE_MS,
        )
        await consumer.start()
        try:
            async for record in consumer:
                message = message_of(record)
                if message.wire_type not in self._types:
                    continue
                try:
                    event = decode(message, EVENTS_BY_TYPE)
                except UnreadableEvent as error:
                    log.warning("unreadable event passed over", reason=error.reason, error=str(error))
                    continue
                await self._tell(event)
        finally:
            await consumer.stop()
