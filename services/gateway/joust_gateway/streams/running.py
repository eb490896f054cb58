"""All streams that this process sends: how many there may be, and when they end."""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime

from joust_gateway.access.open_streams import OpenStream
from joust_gateway.settings import GatewaySettings
from joust_gateway.streams.event_stream import EventStream, Times, View
from joust_gateway.streams.sse import Position
from joust_kit.errors import Unavailable

_EARLIEST_END = 0.9
"""Of the longest time: streams that began together do not all come again together."""


class RunningStreams:
    """Begins streams and ends them."""

    def __init__(self, settings: GatewaySettings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._streams: set[EventStream] = set()
        self._any = asyncio.Event()
        self._is_closed = False

    @property
    def count(self) -> int:
        """How many are open."""
        return len(self._streams)

    def check_room(self) -> None:
        """Raises ``Unavailable`` if too many are open."""
        if self._is_closed or len(self._streams) >= self._settings.stream_max_open:
            raise Unavailable("Too many streams are open. Poll instead, or try again in a moment.")

    def begin(
        self, view: View, place: OpenStream, resumed: Position | None, at_end: Callable[[], None]
    ) -> EventStream:
        """A stream, to be returned as the answer; ``at_end`` is called however it ends.

        Raises as ``check_room``; then ``at_end`` is not called.
        """
        self.check_room()

        def ended(stream: EventStream) -> None:
            if stream in self._streams:
                self._streams.remove(stream)
                at_end()

        longest = self._settings.stream_max_seconds * random.uniform(_EARLIEST_END, 1)  # noqa: S311 - see above
        times = Times(
            asyncio.get_running_loop().time() + longest,
            self._settings.stream_heartbeat_seconds,
            self._settings.stream_send_timeout_seconds,
        )
        stream = EventStream(view, place, resumed, times, self._clock, ended)
        self._streams.add(stream)
        self._any.set()
        return stream

    def close(self) -> None:
        """End all streams, because the process is to stop."""
        self._is_closed = True
        for stream in self._streams:
            stream.end()

    async def run(self) -> None:
        """Let time pass for open streams, until cancelled."""
        clock = asyncio.get_running_loop().time
        shortest = (
            self._settings.stream_heartbeat_seconds,
            self._settings.stream_send_timeout_seconds,
            self._settings.stream_max_seconds,
        )
        pause = min(1.0, min(shortest) / 4)
        while True:
            await self._until_there_are_some()
            await asyncio.sleep(pause)
            for stream in tuple(self._streams):
                stream.tick(clock())

    async def _until_there_are_some(self) -> None:
        while not self._streams:
            self._any.clear()
            await self._any.wait()
