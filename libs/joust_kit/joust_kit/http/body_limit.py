"""Refuses bodies that are too large, in the shape of all errors.

FastAPI's own ``max_body_size`` would answer a declared length in plain text, whatever the app says.
"""

import re
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from joust_kit.errors import TooLarge
from joust_kit.http.errors import render


class RefuseLargeBodies:
    """ASGI middleware: a body is refused by its declared length, or else once too much of it has come."""

    def __init__(self, app: ASGIApp, max_body_bytes: int, larger_at: Mapping[str, int] | None = None) -> None:
        """``larger_at``: limits of whole paths, by pattern, that stream what they take."""
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._larger_at = [(re.compile(path), limit) for path, limit in (larger_at or {}).items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        max_body_bytes = self._limit_at(scope["path"])
        declared = Headers(scope=scope).get("content-length", "")
        if _exceeds(declared, max_body_bytes):
            await render(TooLarge(max_body_bytes=max_body_bytes))(scope, receive, send)
            return
        came = 0

        async def receive_some() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > max_body_bytes:
                # FastAPI lets this kind of exception through while it reads a body.
                raise HTTPException(413)
            return message

        await self._app(scope, receive_some, send)

    def _limit_at(self, path: str) -> int:
        limits = (limit for pattern, limit in self._larger_at if pattern.fullmatch(path))
        return next(limits, self._max_body_bytes)


def _exceeds(declared: str, limit: int) -> bool:
    # Python refuses to read a number of thousands of digits.
    return declared.isdecimal() and (len(declared) > 18 or int(declared) > limit)
