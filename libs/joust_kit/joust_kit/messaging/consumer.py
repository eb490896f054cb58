"""Takes a service's events from Kafka: in order for each key, several keys at a time.

Offsets are committed after a batch was handled or set aside, so a crash at any point only means that
events come again, and the inbox knows them.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from joust_kit.background import Backoff
from joust_kit.database.failures import is_contention, is_too_slow, is_unavailable
from joust_kit.failpoints import failpoint
from joust_kit.messaging.bus import Bus, GroupReader
from joust_kit.messaging.envelope import Message, UnreadableEvent
from joust_kit.messaging.inbox import Inbox, Outcome, ordering_key
from joust_kit.messaging.retries import Retries
from joust_kit.messaging.subscriptions import Subscriptions
from joust_kit.observability.logging import get_logger
from joust_kit.settings import ServiceSettings

log = get_logger(__name__)

_POLL_SECONDS = 1.0


class Consumer:
    """Consumes the topics of a subscriptions table. Run it as a background loop."""

    def __init__(
        self,
        settings: ServiceSettings,
        subscriptions: Subscriptions,
        inbox: Inbox,
        retries: Retries,
        bus: Bus,
    ) -> None:
        self._settings = settings
        self._subscriptions = subscriptions
        self._inbox = inbox
        self._retries = retries
        self._bus = bus
        self._places = asyncio.Semaphore(settings.consumer_concurrency)

    async def run(self) -> None:
        """Consume until cancelled; raises when Kafka is lost."""
        if not self._subscriptions.topics:
            await asyncio.Event().wait()
        topics, group = self._subscriptions.topics, self._subscriptions.group
        async with self._bus.reading(topics, group, self._settings.consumer_instance_id) as reader:
            while True:
                await self._consume_batch(reader)

    async def _consume_batch(self, reader: GroupReader) -> None:
        messages = await reader.fetch(
            max_messages=self._settings.consumer_batch_size, wait_seconds=_POLL_SECONDS
        )
        if not messages:
            return
        if __debug__:
            failpoint("after_fetch_before_handling")
        await self.consume(messages)
        if __debug__:
            failpoint("after_handling_before_offsets")
        await reader.commit()
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
