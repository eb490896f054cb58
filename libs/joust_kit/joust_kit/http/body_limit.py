"""Refuses bodies that are too large, each or all together, in the shape of all errors.

FastAPI's own ``max_body_size`` would answer a declared length in plain text, whatever the app says.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from joust_kit.errors import BadRequest, TooLarge, Unavailable
from joust_kit.http.errors import NO_JSON, RefusedBody, is_json, render
from joust_kit.json_marks import Marks

_FREE_BYTES = 65_536
"""Of each body: who sends little is never refused because others send much."""
_BYTES_OF_A_MARK = 20
"""What a mark of JSON takes in memory, beside the byte that it came as."""
_LONG_TO_READ = 500_000
"""Weight of a body of JSON that keeps the event loop for some hundredths of a second."""
BETWEEN_SECONDS = 0.02
"""In which others come between two such bodies."""
_TOO_MANY_MARKS = "The JSON has too many values, quotes and brackets. Send less of it at once."
_TOO_MUCH_AT_ONCE = "Much is being sent to us right now. Send it again in a moment."


@dataclass(frozen=True, kw_only=True)
class BodyLimits:
    """How much of bodies there may be. What is not streamed stays in memory until it is answered."""

    max_bytes: int
    max_marks: int
    """Of a body of JSON (``json_marks``)."""
    max_kept_bytes: int
    """Of all bodies at once, with what their structure takes; but at least one that is as large as may be."""
    larger_at: Mapping[str, int] = field(default_factory=dict)
    """Bytes at whole paths, by pattern, that stream what they take."""
    denser_at: Mapping[str, int] = field(default_factory=dict)
    """Marks at whole paths, by pattern."""


class RefuseLargeBodies:
    """ASGI middleware: a body is refused by its declared length, or else once too much of it has come.

    JSON is refused as well once it has too much structure, which is known before anybody reads it. What takes
    long to read is handed on one at a time, so that many of them keep others waiting no longer than one.
    """

    def __init__(self, app: ASGIApp, limits: BodyLimits) -> None:
        self._app = app
        self._max_bytes = limits.max_bytes
        self._max_marks = limits.max_marks
        most_marks = max([limits.max_marks, *limits.denser_at.values()])
        self._max_kept_bytes = max(limits.max_kept_bytes, limits.max_bytes + _BYTES_OF_A_MARK * most_marks)
        self._kept_bytes = 0
        self._reading = asyncio.Lock()
        self._larger_at = _patterns(limits.larger_at)
        self._denser_at = _patterns(limits.denser_at)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        streamed_bytes = _found(self._larger_at, scope["path"])
        max_bytes = self._max_bytes if streamed_bytes is None else streamed_bytes
        if _exceeds(headers.get("content-length", ""), max_bytes):
            await render(TooLarge(max_body_bytes=max_bytes))(scope, receive, send)
            return
        marks = Marks() if is_json(headers.get("content-type", "")) else None
        max_marks = _found(self._denser_at, scope["path"]) or self._max_marks
        is_kept = streamed_bytes is None or marks is not None
        came = kept = 0

        async def receive_some() -> Message:
            nonlocal came, kept
            message = await receive()
            piece = message.get("body", b"")
            came += len(piece)
            if came > max_bytes:
                raise RefusedBody(TooLarge(max_body_bytes=max_bytes))
            weight = came
            if marks is not None:
                weight += _BYTES_OF_A_MARK * _counted(marks, piece, max_marks)
            if is_kept and weight > _FREE_BYTES:
                self._kept_bytes += weight - _FREE_BYTES - kept
                kept = weight - _FREE_BYTES
                if self._kept_bytes > self._max_kept_bytes:
                    raise RefusedBody(Unavailable(_TOO_MUCH_AT_ONCE))
            if marks is not None and weight > _LONG_TO_READ and not message.get("more_body", False):
                await self._others_come_between()
            return message

        try:
            await self._app(scope, receive_some, send)
        finally:
            self._kept_bytes -= kept

    async def _others_come_between(self) -> None:
        """Wait for a turn. Whoever gets it reads before the next one begins to wait."""
        async with self._reading:
            await asyncio.sleep(BETWEEN_SECONDS)


def _patterns(limits: Mapping[str, int]) -> Sequence[tuple[re.Pattern[str], int]]:
    return [(re.compile(path), limit) for path, limit in limits.items()]


def _found(limits: Sequence[tuple[re.Pattern[str], int]], path: str) -> int | None:
    return next((limit for pattern, limit in limits if pattern.fullmatch(path)), None)


def _counted(marks: Marks, piece: bytes, max_marks: int) -> int:
    """The marks that came so far. Raises ``RefusedBody``."""
    if b"\0" in piece:
        # No JSON holds one but in UTF-16 or UTF-32, which Python would read (RFC 8259, 8.1, has UTF-8 alone).
        raise RefusedBody(BadRequest(NO_JSON))
    marks.feed(piece)
    if marks.count > max_marks:
        raise RefusedBody(TooLarge(_TOO_MANY_MARKS, max_body_marks=max_marks))
    return marks.count


def _exceeds(declared: str, limit: int) -> bool:
    # Python refuses to read a number of thousands of digits.
    return declared.isdecimal() and (len(declared) > 18 or int(declared) > limit)
