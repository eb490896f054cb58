"""What a request's body may not do: come packed, or so slowly that it only holds a place."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from joust_kit.errors import TooSlow, UnsupportedType
from joust_kit.http.errors import RefusedBody, render

_PLAIN = {"", "identity"}


class GuardBodies:
    """ASGI middleware: packed bodies are refused with 415 (RFC 9110, 15.5.16), slow ones with 408.

    Nothing that comes packed is unpacked, so no small body becomes a large one.
    """

    def __init__(self, app: ASGIApp, *, grace_seconds: float, min_bytes_per_second: int) -> None:
        """``min_bytes_per_second`` counts after ``grace_seconds``, and only while waiting for the client."""
        self._app = app
        self._grace_seconds = grace_seconds
        self._min_bytes_per_second = min_bytes_per_second

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if Headers(scope=scope).get("content-encoding", "").strip().lower() not in _PLAIN:
            refusal = UnsupportedType("Send the body as it is, without Content-Encoding.")
            await render(refusal)(scope, receive, send)
            return
        clock = asyncio.get_running_loop().time
        waited_seconds, came_bytes, is_whole = 0.0, 0, False

        async def receive_in_time() -> Message:
            nonlocal waited_seconds, came_bytes, is_whole
            if is_whole:
                return await receive()
            began = clock()
            patience = self._grace_seconds + came_bytes / self._min_bytes_per_second - waited_seconds
            try:
                async with asyncio.timeout(max(0, patience)):
                    message = await receive()
            except TimeoutError:
                raise RefusedBody(TooSlow()) from None
            waited_seconds += clock() - began
            came_bytes += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            return message

        await self._app(scope, receive_in_time, send)
