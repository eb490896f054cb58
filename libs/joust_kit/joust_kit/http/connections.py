"""HTTP/1.1 connections that can't be held for nothing: a head comes in time, an answer is taken in time, and
there are only so many, of all clients and of one address (``places``).

Those that are too many are told so, with the error answer of 503; only when there are too many of them as
well, they are closed without a word.
"""

import asyncio
import resource
import socket
from functools import partial
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from joust_kit.errors import Unavailable
from joust_kit.http.errors import render
from joust_kit.http.places import AddressLimit, Limit, Place, Places, Taken, fitting

_RESERVED_FILES = 256
"""File descriptors for everything that is no client: databases, brokers, other services, files."""

_PASSED_OVER_BYTES = 5_000_000
_MAX_HEAD_BYTES = 100_000
"""Of a request line with its headers; the parser itself would take any number."""
_TOO_MANY = {
    Limit.PROCESS: "Too many connections are open. Use fewer, or try again in a moment.",
    Limit.ADDRESS: "Too many connections are open from your address. Use fewer, or try again in a moment.",
}

BOUND_SEND_BUFFER = "joust.bound_send_buffer"
"""Extension of the ASGI scope: a function that bounds how many bytes wait for a reader who takes none, in the
process and again in the kernel. Without it the kernel alone would keep megabytes."""


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection whose next request's head takes too long, and those that are too many.

    uvicorn has a limit for idle connections between requests, and none for the first or a half-sent head.
    """

    head_timeout_seconds: float
    taking_timeout_seconds: float
    places: Places
    _taken: Taken
    _head_deadline: asyncio.TimerHandle | None = None
    _is_in_head = False
    _head_bytes = 0
    _passed_over_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._taken = self.places.take(None if self.client is None else self.client[0])
        self._end_when_nothing_is_taken()
        if self._taken.place is Place.OUTSIDE:
            transport.abort()
            return
        if self._taken.passed is not None:
            self.app = partial(_no_room, _TOO_MANY[self._taken.passed])
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_wait()
        self.places.give_back(self._taken)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        was_in_head = self._is_in_head
        super().data_received(data)
        if was_in_head and self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > _MAX_HEAD_BYTES:
                self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head = True
        self._head_bytes = 0
        self.scope["extensions"] = {BOUND_SEND_BUFFER: {"bound": self._bound_send_buffer}}
        self._await_head()

    def on_headers_complete(self) -> None:
        self._end_wait()
        self._is_in_head = False
        self._passed_over_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self.cycle.response_complete:
            super().on_body(body)
            return
        # What was refused is passed over for a while: closing at once could cost the client the answer.
        self._passed_over_bytes += len(body)
        if self._passed_over_bytes > _PASSED_OVER_BYTES:
            self.transport.abort()

    def on_response_complete(self) -> None:
        if self.cycle.more_body:
            self._await_head()
        super().on_response_complete()

    def _await_head(self) -> None:
        if self._head_deadline is None:
            self._head_deadline = self.loop.call_later(self.head_timeout_seconds, self._give_up)

    def _end_wait(self) -> None:
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def _give_up(self) -> None:
        self._head_deadline = None
        if not self.transport.is_closing():
            self.transport.abort()

    def _end_when_nothing_is_taken(self) -> None:
        # By the kernel, which knows what was taken, also after the connection was closed here (RFC 5482).
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            milliseconds = round(self.taking_timeout_seconds * 1000)
            sock = self.transport.get_extra_info("socket")
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)

    def _bound_send_buffer(self, max_bytes: int) -> None:
        self.transport.set_write_buffer_limits(high=max_bytes)
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, max_bytes)


async def _no_room(why: str, scope: Scope, receive: Receive, send: Send) -> None:
    """The app of connections that are too many."""
    if scope["type"] == "http":
        refusal = Unavailable(why)
        refusal.headers["Connection"] = "close"
        await render(refusal)(scope, receive, send)


def bounded_protocol(
    *,
    head_timeout_seconds: float,
    taking_timeout_seconds: float,
    max_connections: int,
    of_address: AddressLimit | None = None,
) -> type[BoundedProtocol]:
    """The protocol for ``uvicorn.run(http=…)``; the process's limit of open files bounds it further."""
    open_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if open_files >= 0:
        max_connections = min(max_connections, fitting(open_files - _RESERVED_FILES))
    limits: dict[str, Any] = {
        "head_timeout_seconds": head_timeout_seconds,
        "taking_timeout_seconds": taking_timeout_seconds,
        "places": Places(max_connections, of_address),
    }
    return type("BoundedProtocol", (BoundedProtocol,), limits)
