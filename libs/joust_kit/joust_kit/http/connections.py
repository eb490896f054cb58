"""HTTP/1.1 connections that can't be held for nothing: a head comes in time, and there are only so many."""

import asyncio
import resource
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_RESERVED_FILES = 256
"""File descriptors for everything that is no client: databases, brokers, other services, files."""


_PASSED_OVER_BYTES = 5_000_000


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection whose next request's head takes too long, and those that are too many.

    uvicorn has a limit for idle connections between requests, and none for the first or a half-sent head.
    """

    head_timeout_seconds: float
    max_connections: int
    _head_deadline: asyncio.TimerHandle | None = None
    _passed_over_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.max_connections:
            log.warning("too many connections", max_connections=self.max_connections)
            transport.abort()
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_wait()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        self._end_wait()
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


def bounded_protocol(*, head_timeout_seconds: float, max_connections: int) -> type[BoundedProtocol]:
    """The protocol for ``uvicorn.run(http=…)``; the process's limit of open files bounds it further."""
    open_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    fitting = max_connections if open_files < 0 else min(max_connections, open_files - _RESERVED_FILES)
    limits: dict[str, Any] = {
        "head_timeout_seconds": head_timeout_seconds,
        "max_connections": max(1, fitting),
    }
    return type("BoundedProtocol", (BoundedProtocol,), limits)
