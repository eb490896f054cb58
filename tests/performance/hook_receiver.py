"""A receiver of webhooks for row 7: raw ASGI that notes when each message first came, and how often.

Run as ``uvicorn tests.performance.hook_receiver:app``. ``POST /slow/…`` is answered after half a minute, every other
at once; ``GET /`` says how many have come, ``GET /seen`` tells each with its times, ``DELETE /`` forgets them.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

SLOW = "/slow/"
_SLOW_SECONDS = 30.0

_seen: dict[str, list[float]] = {}
"""By path and ``webhook-id``: seconds since 1970 of each time."""


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Take a message, or tell of those that came."""
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
    came = time.time()
    path: str = scope["path"]
    if scope["method"] == "POST":
        id = next(value for name, value in scope["headers"] if name == b"webhook-id").decode()
        while (await receive()).get("more_body"):
            pass
        _seen.setdefault(f"{path} {id}", []).append(came)
        if path.startswith(SLOW):
            await asyncio.sleep(_SLOW_SECONDS)
        await _answer(send, 204, b"")
    elif scope["method"] == "DELETE":
        _seen.clear()
        await _answer(send, 204, b"")
    else:
        told = _seen if path == "/seen" else len(_seen)
        await _answer(send, 200, json.dumps(told).encode())


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-length", b"%d" % len(body))] if body else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
