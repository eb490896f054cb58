"""One open stream: an ASGI answer that shows what it watches, whenever that is new, until it ends.

A reader gets states, not a log: while it is slow, states that were replaced meanwhile are left out, so that a
stream keeps nothing but the event in hand. Plain ASGI, because thousands are open at once.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from joust_gateway.access.open_streams import OpenStream
from joust_gateway.streams.sse import HEARTBEAT, Position, frame, opening
from joust_gateway.streams.watches import Watch
from joust_kit.errors import JoustError, Unauthorized
from joust_kit.http.connections import BOUND_SEND_BUFFER
from joust_kit.http.leaving import send_outside
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_MAX_WAITING_BYTES = 65_536
"""Sent and not yet taken by the reader, in the process and again in the kernel: then it counts as slow."""


class Shown(NamedTuple):
    """What there is to show now."""

    position: Position
    event: bytes
    terminal: bytes | None
    """The last event, once it is over."""


class View(Protocol):
    """What a stream shows."""

    @property
    def watches(self) -> tuple[Watch, ...]:
        """The watches that it is made of; each has a state."""

    def show(self, now: datetime) -> Shown:
        """The present states, as an event."""


class Times(NamedTuple):
    """When a stream ends or beats, in seconds of the loop's clock."""

    ends_at: float
    heartbeat_seconds: float
    send_timeout_seconds: float


class EventStream(Response):
    """Sends events until they end, the reader leaves, or the reader takes nothing any more."""

    media_type = "text/event-stream"

    def __init__(
        self,
        view: View,
        place: OpenStream,
        resumed: Position | None,
        times: Times,
        clock: Callable[[], datetime],
        at_end: "Callable[[EventStream], None]",
    ) -> None:
        """``resumed``: what the reader saw last. ``at_end`` is called once, however the stream ends."""
        self.status_code = 200
        self.background = None
        self.init_headers({"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        self._place = place
        self._view = view
        self._watches = view.watches
        self._seen = resumed
        self._times = times
        self._at_end = at_end
        self._now = clock()
        self._waiting: asyncio.Future[None] | None = None
        self._task: asyncio.Task[object] | None = None
        self._news = True
        self._is_woken = False
        """Something happened since it was last looked what to send."""
        self._ending = False
        self._beats_at = 0.0
        self._sending_since: float | None = None
        self._is_cut = False

    def wake(self, now: datetime) -> None:
        """Something of what is watched is new, as of ``now``."""
        self._now = now
        self._news = True
        self._go_on()

    def look(self) -> None:
        """Its place may be lost: look at it."""
        self._go_on()

    def end(self) -> None:
        """End after the event in hand."""
        self._ending = True
        self._go_on()

    def tick(self, loop_time: float) -> None:
        """Time has passed: beat, end, or cut off a reader that takes nothing."""
        sending_since = self._sending_since
        if sending_since is not None:
            if loop_time - sending_since >= self._times.send_timeout_seconds and self._task is not None:
                self._is_cut = True
                self._task.cancel()
        elif loop_time >= self._times.ends_at:
            self.end()
            if self._task is None:
                self._at_end(self)  # it was never sent
        elif loop_time >= self._beats_at:
            self._go_on()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin the answer. The events follow once all that led to it is done, and takes no room any more."""
        if (connection := scope.get("extensions", {}).get(BOUND_SEND_BUFFER)) is not None:
            connection["bound"](_MAX_WAITING_BYTES)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await send_outside(self._send_events, scope, receive, send)
        except BaseException:
            self._at_end(self)
            raise

    async def _send_events(self, receive: Receive, send: Send) -> None:
        self._task = asyncio.current_task()
        for watch in self._watches:
            watch.follow(self)
        leaving = asyncio.create_task(_leaves(receive))
        leaving.add_done_callback(lambda _: self.end())
        try:
            await self._send_all(send)
        except asyncio.CancelledError:
            if not self._is_cut:
                raise
            log.warning("stream cut off: its reader takes nothing")
        finally:
            leaving.cancel()
            for watch in self._watches:
                watch.unfollow(self)
            self._at_end(self)

    async def _send_all(self, send: Send) -> None:
        clock = asyncio.get_running_loop().time
        chunk = opening()
        more = True
        while more:
            self._is_woken = False
            found, more = self._next(clock())
            chunk += found
            if chunk or not more:
                self._sending_since = clock()
                await send({"type": "http.response.body", "body": chunk, "more_body": more})
                self._sending_since = None
                self._beats_at = clock() + self._times.heartbeat_seconds
                chunk = b""
            if more and not self._is_woken:
                await self._wait()

    def _next(self, loop_time: float) -> tuple[bytes, bool]:
        """What to send now, and whether more follows."""
        if (refusal := self._refusal()) is not None:
            return frame("error", refusal.answer().model_dump_json().encode(), self._seen or (0,)), False
        if self._ending:
            return b"", False
        if self._news:
            self._news = False
            return self._new_state()
        return (HEARTBEAT if loop_time >= self._beats_at > 0 else b""), True

    def _refusal(self) -> JoustError | None:
        if self._place.is_revoked:
            return Unauthorized()
        for watch in self._watches:
            if watch.failure is not None:
                return watch.failure
        return None

    def _new_state(self) -> tuple[bytes, bool]:
        shown = self._view.show(self._now)
        seen = self._seen
        if seen is not None and shown.position[0] < seen[0]:
            # The reader was told more by another process, and gets what comes after that: here, or elsewhere.
            return b"", shown.terminal is None
        self._seen = shown.position
        event = b"" if shown.position == seen else shown.event
        return event + (shown.terminal or b""), shown.terminal is None

    async def _wait(self) -> None:
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None

    def _go_on(self) -> None:
        self._is_woken = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


async def _leaves(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
