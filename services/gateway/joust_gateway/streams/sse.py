"""Server-sent events (WHATWG HTML, section 9.2): their form, and a response that ends with its reader."""

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

HEARTBEAT = b": still here\n\n"
"""A comment, which readers pass over; it keeps proxies from closing the connection."""

_RETRY_MS = 2000
"""How long a browser waits before it comes again."""

OPENING = f"retry: {_RETRY_MS}\n\n".encode()


def frame(event: str, data: str, id: str) -> bytes:
    """One event; ``data`` is JSON without line breaks."""
    return f"event: {event}\nid: {id}\ndata: {data}\n\n".encode()


class EventStream(StreamingResponse):
    """Sends frames until they end, the reader leaves, or the reader takes nothing any more."""

    media_type = "text/event-stream"

    def __init__(
        self, frames: AsyncIterator[bytes], *, send_timeout_seconds: float, at_end: Callable[[], None]
    ) -> None:
        """``at_end`` is called once, however the stream ends, even if it never began."""
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        super().__init__(frames, headers=headers)
        self._send_timeout_seconds = send_timeout_seconds
        self._at_end = at_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._at_end()

    async def stream_response(self, send: Send) -> None:
        """Send everything; a reader that is too slow is cut off in the middle."""

        async def send_in_time(message: object) -> None:
            async with asyncio.timeout(self._send_timeout_seconds):
                await send(message)  # type: ignore[arg-type]

        try:
            await super().stream_response(send_in_time)
        except TimeoutError:
            log.warning("stream cut off: its reader takes nothing")
