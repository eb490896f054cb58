"""Connections that hold a place for nothing are closed."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
import uvicorn

from joust_kit.http.connections import bounded_protocol

HEAD_SECONDS = 0.4
MAX_CONNECTIONS = 8
PATIENCE_SECONDS = 10.0
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def hello(_scope: Any, _receive: Any, send: Any) -> None:
    """Answers at once and reads no body."""
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    protocol = bounded_protocol(head_timeout_seconds=HEAD_SECONDS, max_connections=MAX_CONNECTIONS)
    config = uvicorn.Config(
        hello, port=0, http=protocol, lifespan="off", log_config=None, timeout_keep_alive=30
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not server.started:
            await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def connect(port: int) -> Streams:
    return await asyncio.open_connection("127.0.0.1", port)


async def closed(reader: asyncio.StreamReader) -> bytes:
    """Everything that came until the server closed."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        came = b""
        with suppress(ConnectionError):
            while data := await reader.read(1000):
                came += data
        return came


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_a_head_that_does_not_come_whole_in_time_is_not_waited_for(port: int, begun: bytes) -> None:
    reader, writer = await connect(port)
    writer.write(begun)
    assert await closed(reader) == b""
    writer.close()


async def test_a_head_that_trickles_is_not_waited_for_either(port: int) -> None:
    reader, writer = await connect(port)
    began = time.monotonic()

    async def trickle() -> None:
        with suppress(ConnectionError):
            for byte in REQUEST * 100:
                writer.write(bytes([byte]) if byte != 13 else b"x")
                await asyncio.sleep(0.05)

    trickling = asyncio.create_task(trickle())
    assert await closed(reader) == b""
    assert time.monotonic() - began < PATIENCE_SECONDS / 2
    trickling.cancel()


async def test_the_second_head_of_a_connection_is_waited_for_no_longer(port: int) -> None:
    reader, writer = await connect(port)
    writer.write(REQUEST)
    assert await reader.readuntil(b"ok")
    writer.write(REQUEST[:-2])
    assert await closed(reader) == b""


async def test_a_connection_in_use_lives_longer_than_a_head_may_take(port: int) -> None:
    reader, writer = await connect(port)
    for _ in range(3):
        writer.write(REQUEST)
        assert await reader.readuntil(b"ok")
        await asyncio.sleep(HEAD_SECONDS * 0.7)
    writer.close()


async def test_more_connections_than_there_may_be_are_closed_and_leave_room_when_others_go(port: int) -> None:
    kept = [await connect(port) for _ in range(MAX_CONNECTIONS)]
    for _, writer in kept:
        writer.write(REQUEST)
    for reader, _ in kept:
        assert await reader.readuntil(b"ok")
    reader, writer = await connect(port)
    writer.write(REQUEST)
    assert await closed(reader) == b""
    kept[0][1].close()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            reader, writer = await connect(port)
            writer.write(REQUEST)
            if b"ok" in await reader.read(200):
                break
    for _, each in (*kept, (reader, writer)):
        each.close()


async def test_a_body_that_nobody_wants_is_passed_over_for_a_while_and_then_cut_off(port: int) -> None:
    reader, writer = await connect(port)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
    assert await reader.readuntil(b"ok")
    sent = 0
    with suppress(ConnectionError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while sent < 1_000_000_000:
                writer.write(b"x" * 65_536)
                await writer.drain()
                sent += 65_536
    assert sent < 50_000_000


async def test_a_body_that_nobody_wants_and_does_not_come_is_not_waited_for(port: int) -> None:
    reader, writer = await connect(port)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nx")
    assert (await closed(reader)).endswith(b"ok")
    writer.close()
