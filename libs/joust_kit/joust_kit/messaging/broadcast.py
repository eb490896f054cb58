"""Reads topics as a broadcast: every process sees every event, from now on, and remembers nothing."""

from collections.abc import Awaitable, Callable, Sequence

from joust_contracts.events import EVENTS_BY_TYPE, Event, EventData
from joust_kit.messaging.bus import Bus
from joust_kit.messaging.envelope import UnreadableEvent, decode
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

Listener = Callable[[Event[EventData]], Awaitable[None]]


class Broadcast:
    """A consumer without a group, from the end of its topics. Run it as a background loop."""

    def __init__(
        self,
        bus: Bus,
        topics: Sequence[str],
        types: Sequence[type[EventData]],
        tell: Listener,
        *,
        on_begin: Callable[[], None] = lambda: None,
    ) -> None:
        """``tell`` gets each event of ``types``; it must be quick and must not raise.

        ``on_begin`` is called whenever listening begins: what was told before was missed.
        """
        self._bus = bus
        self._topics = topics
        self._types = {event.wire_type() for event in types}
        self._tell = tell
        self._on_begin = on_begin

    async def run(self) -> None:
        """Listen until cancelled; raises when Kafka is lost."""
        async with self._bus.listening(self._topics) as messages:
            self._on_begin()
            async for message in messages:
                if message.wire_type not in self._types:
                    continue
                try:
                    event = decode(message, EVENTS_BY_TYPE)
                except UnreadableEvent as error:
                    log.warning("unreadable event passed over", reason=error.reason, error=str(error))
                    continue
                await self._tell(event)
