"""Answers whose bytes come from elsewhere, which is closed however the answer ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send


class StreamedAnswer(StreamingResponse):
    """Passes chunks on as fast as the caller takes them; none are gathered.

    Storage that breaks off, or a caller that takes longer than the limit, ends the connection before the
    announced length, so that nobody takes a part for the whole.
    """

    def __init__(
        self,
        chunks: AsyncIterator[bytes],
        *,
        status: int,
        headers: Mapping[str, str],
        close: Callable[[], Awaitable[None]],
        limit_seconds: float,
    ) -> None:
        super().__init__(chunks, status, headers)
        self._close = close
        self._limit_seconds = limit_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all, then close."""
        try:
            async with asyncio.timeout(self._limit_seconds):
                await super().__call__(scope, receive, send)
        finally:
            await self._close()
