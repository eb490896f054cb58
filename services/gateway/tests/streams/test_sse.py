"""The form of server-sent events, and streams whose reader is slow or gone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from joust_gateway.streams.sse import HEARTBEAT, EventStream, frame

SCOPE = {"type": "http", "method": "GET", "path": "/", "headers": [], "asgi": {"spec_version": "2.3"}}


class Reader:
    """The other end of a connection: takes some messages, then no more, or goes away."""

    def __init__(self, *, takes: int = 1000, leaves: bool = False) -> None:
        self.got: list[bytes] = []
        self._takes = takes
        self._leaves = leaves

    async def send(self, message: Any) -> None:
        if message["type"] != "http.response.body":
            return
        if len(self.got) >= self._takes:
            await asyncio.Event().wait()
        self.got.append(message["body"])

    async def receive(self) -> Any:
        if self._leaves:
            while not self.got:
                await asyncio.sleep(0.001)
            return {"type": "http.disconnect"}
        return await asyncio.Event().wait()


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield HEARTBEAT
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("reader", [Reader(takes=3), Reader(leaves=True)], ids=["takes nothing", "leaves"])
async def test_a_stream_ends_with_its_reader(reader: Reader) -> None:
    ended: list[bool] = []
    stream = EventStream(endless(), send_timeout_seconds=0.05, at_end=lambda: ended.append(True))
    await asyncio.wait_for(stream(SCOPE, reader.receive, reader.send), 2)
    assert reader.got
    assert ended == [True]


def test_a_frame_has_name_id_and_data() -> None:
    assert frame("submission", '{"a": 1}', "4") == b'event: submission\nid: 4\ndata: {"a": 1}\n\n'
