"""Refuses bodies that are too large, each or all together, in the shape of all errors.

FastAPI's own ``max_body_size`` would answer a declared length in plain text, whatever the app says.
"""

import re
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from joust_kit.errors import TooLarge
from joust_kit.http.errors import render

_FREE_BYTES = 65_536
"""Of each body: who sends little is never refused because others send much."""


class RefuseLargeBodies:
    """ASGI middleware: a body is refused by its declared length, or else once too much of it has come.

    What is not streamed stays in memory until it is answered; all such bodies share what there is for them.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_body_bytes: int,
        max_kept_bytes: int,
        larger_at: Mapping[str, int] | None = None,
    ) -> None:
        """``max_kept_bytes``: of all bodies at once, but at least one as large as may be.

        ``larger_at``: limits of whole paths, by pattern, that stream what they take.
        """
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._max_kept_bytes = max(max_kept_bytes, max_body_bytes)
        self._kept_bytes = 0
        self._larger_at = [(re.compile(path), limit) for path, limit in (larger_at or {}).items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        streamed_bytes = self._streamed_at(scope["path"])
        max_body_bytes = self._max_body_bytes if streamed_bytes is None else streamed_bytes
        declared = Headers(scope=scope).get("content-length", "")
        if _exceeds(declared, max_body_bytes):
            await render(TooLarge(max_body_bytes=max_body_bytes))(scope, receive, send)
            return
        came = kept = 0

        async def receive_some() -> Message:
            nonlocal came, kept
            message = await receive()
            came += len(message.get("body", b""))
            # FastAPI lets this kind of exception through while it reads a body.
            if came > max_body_bytes:
                raise HTTPException(413)
            if streamed_bytes is None and came > _FREE_BYTES:
                self._kept_bytes += came - _FREE_BYTES - kept
                kept = came - _FREE_BYTES
                if self._kept_bytes > self._max_kept_bytes:
                    raise HTTPException(503)
            return message

        try:
            await self._app(scope, receive_some, send)
        finally:
            self._kept_bytes -= kept

    def _streamed_at(self, path: str) -> int | None:
        limits = (limit for pattern, limit in self._larger_at if pattern.fullmatch(path))
        return next(limits, None)


def _exceeds(declared: str, limit: int) -> bool:
    # Python refuses to read a number of thousands of digits.
    return declared.isdecimal() and (len(declared) > 18 or int(declared) > limit)
