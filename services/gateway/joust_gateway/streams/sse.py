"""Server-sent events (WHATWG HTML, section 9.2): their form, and the ids by which readers resume."""

import random
from datetime import datetime

from joust_contracts.base import render_utc

HEARTBEAT = b": still here\n\n"
"""A comment, which readers pass over; it keeps proxies from closing the connection."""

_RETRY_MS = (1000, 3000)
_MAX_DIGITS = 15

Position = tuple[int, ...]
"""What was shown last: the versions of what a stream shows. The first one only ever rises."""


def opening() -> bytes:
    """Tells a browser how long to wait before it comes again, so that not all come at once."""
    return f"retry: {random.randint(*_RETRY_MS)}\n\n".encode()  # noqa: S311 - spreads load, guards nothing


def frame(event: str, data: bytes, position: Position) -> bytes:
    """One event; ``data`` is JSON without line breaks."""
    return b"event: %b\nid: %b\ndata: %b\n\n" % (event.encode(), written(position), data)


def written(position: Position) -> bytes:
    """The id of an event."""
    return ".".join(map(str, position)).encode()


def read_position(text: str | None, length: int) -> Position | None:
    """The position that a Last-Event-ID names; ``None`` for what is none, which is like no header at all."""
    parts = (text or "").split(".")
    if len(parts) != length or not all(
        part.isascii() and part.isdecimal() and len(part) <= _MAX_DIGITS for part in parts
    ):
        return None
    return tuple(map(int, parts))


def with_fields(body: bytes, now: datetime, more: bytes = b"") -> bytes:
    """A JSON object that is not empty with ``more`` fields and the time of sending."""
    return b'%b%b,"server_time":"%b"}' % (body[:-1], more, render_utc(now).encode())
