"""The floor of a stream: raw ASGI that encodes one frame for a change and sends it to all who listen.

``GET`` listens, ``POST`` tells a change and answers with its number; ``BENCH_BODY`` is the data of each frame.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class _Told:
    """The last change."""

    def __init__(self) -> None:
        self.number = 0
        self.news = asyncio.Event()
        self.frame = b""
        self._encode()

    def tell(self) -> None:
        self.number += 1
        self._encode()
        before, self.news = self.news, asyncio.Event()
        before.set()

    def _encode(self) -> None:
        body = os.environb[b"BENCH_BODY"]
        self.frame = b"event: leaderboard\nid: %d\ndata: %b\n\n" % (self.number, body)


_told = _Told()


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Listen or tell."""
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
    if scope["method"] == "POST":
        _told.tell()
        await _start(send, b"text/plain")
        await send({"type": "http.response.body", "body": b"%d" % _told.number})
        return
    listening = asyncio.create_task(_listen(send))
    while (await receive())["type"] != "http.disconnect":
        pass
    listening.cancel()


async def _listen(send: Send) -> None:
    await _start(send, b"text/event-stream")
    while True:
        news = _told.news
        await send({"type": "http.response.body", "body": _told.frame, "more_body": True})
        await news.wait()


async def _start(send: Send, media_type: bytes) -> None:
    headers = [(b"content-type", media_type)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
