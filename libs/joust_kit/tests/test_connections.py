"""Connections that hold a place for nothing are closed."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import pytest
import uvicorn

from joust_kit.http.connections import BOUND_SEND_BUFFER, bounded_protocol
from joust_kit.http.places import AddressLimit
from joust_kit.observability.metrics import CONNECTIONS_REFUSED

HEAD_SECONDS = 0.4
TAKING_SECONDS = 1.0
MAX_CONNECTIONS = 8
LOBBY = 2
PROXY, SOMEBODY, ANOTHER = "127.0.0.1", "127.0.0.2", "127.0.0.3"
MAX_OF_AN_ADDRESS = 3
BOUND_BYTES = 65_536
PATIENCE_SECONDS = 10.0
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HELD_UP_AFTER: list[Callable[[int], None]] = []
"""Whom the app tells how many bytes it sent to a reader that takes none."""
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def app(scope: Any, _receive: Any, send: Any) -> None:
    """Reads no body, and answers at once or at length."""
    length = b"2" if scope["path"] == "/" else b"100000000"
    headers = [(b"content-length", length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    match scope["path"]:
        case "/":
            await send({"type": "http.response.body", "body": b"ok"})
        case "/large":
            await send_until_held_up(send, patience_seconds=PATIENCE_SECONDS)
        case "/given-up":
            await send({"type": "http.response.body", "body": b"x" * 20_000_000, "more_body": True})
        case "/bounded":
            scope["extensions"][BOUND_SEND_BUFFER]["bound"](BOUND_BYTES)
            tell = HELD_UP_AFTER.pop()
            tell(await send_until_held_up(send, patience_seconds=0.5))


async def send_until_held_up(send: Any, *, patience_seconds: float) -> int:
    """How many bytes were sent before one piece was not taken in time."""
    sent = 0
    with suppress(TimeoutError):
        while sent < 100_000_000:
            async with asyncio.timeout(patience_seconds):
                await send({"type": "http.response.body", "body": b"x" * 10_000, "more_body": True})
            sent += 10_000
    return sent


async def one_who_never_reads(port: int, path: str) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await asyncio.to_thread(connection.connect, ("127.0.0.1", port))
    connection.sendall(f"GET /{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return connection


@pytest.fixture
async def server() -> AsyncIterator[uvicorn.Server]:
    protocol = bounded_protocol(
        head_timeout_seconds=HEAD_SECONDS,
        taking_timeout_seconds=TAKING_SECONDS,
        max_connections=MAX_CONNECTIONS,
        of_address=AddressLimit(MAX_OF_AN_ADDRESS, lambda peer: None if peer == PROXY else peer),
    )
    config = uvicorn.Config(
        app, port=0, http=protocol, lifespan="off", log_config=None, timeout_keep_alive=30
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not server.started:
            await asyncio.sleep(0.01)
    yield server
    server.should_exit = True
    await serving


@pytest.fixture
def port(server: uvicorn.Server) -> int:
    return int(server.servers[0].sockets[0].getsockname()[1])


async def connect(port: int, address: str = PROXY) -> Streams:
    return await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))


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


async def answered_at(port: int, address: str = PROXY) -> Streams:
    reader, writer = await connect(port, address)
    writer.write(REQUEST)
    assert await reader.readuntil(b"ok")
    return reader, writer


async def test_connections_that_are_too_many_are_told_so_and_there_is_room_when_others_go(port: int) -> None:
    kept = [await answered_at(port) for _ in range(MAX_CONNECTIONS)]
    reader, writer = await connect(port)
    writer.write(REQUEST)
    answer = await closed(reader)
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"SERVICE_UNAVAILABLE" in answer
    assert b"retry-after: 1" in answer.lower()
    writer.close()
    kept[0][1].close()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            reader, writer = await connect(port)
            writer.write(REQUEST)
            if b"ok" in await reader.read(200):
                break
    for _, each in (*kept, (reader, writer)):
        each.close()


async def test_when_too_many_are_told_that_they_are_too_many_the_others_are_closed(port: int) -> None:
    kept = [await answered_at(port) for _ in range(MAX_CONNECTIONS)]
    lobby = [await connect(port) for _ in range(LOBBY)]
    reader, writer = await connect(port)
    writer.write(REQUEST)
    assert await closed(reader) == b""
    for _, each in (*kept, *lobby, (reader, writer)):
        each.close()


async def test_one_address_takes_no_more_than_its_share_and_a_proxy_takes_them_for_others(port: int) -> None:
    def refused() -> float:
        return CONNECTIONS_REFUSED.labels("address", "lobby")._value.get()

    before = refused()
    kept = [await answered_at(port, SOMEBODY) for _ in range(MAX_OF_AN_ADDRESS)]
    reader, writer = await connect(port, SOMEBODY)
    writer.write(REQUEST)
    answer = await closed(reader)
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"from your address" in answer
    assert refused() == before + 1
    writer.close()
    others = [await answered_at(port, ANOTHER) for _ in range(1)]
    others += [await answered_at(port, PROXY) for _ in range(MAX_OF_AN_ADDRESS + 1)]
    kept.pop()[1].close()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            reader, writer = await connect(port, SOMEBODY)
            writer.write(REQUEST)
            if b"ok" in await reader.read(200):
                break
    for _, each in (*kept, *others, (reader, writer)):
        each.close()


async def test_those_who_are_told_that_they_are_too_many_take_no_place_of_others(port: int) -> None:
    """As many as fit come from one address and say nothing: the others find their places."""
    silent = [await connect(port, SOMEBODY) for _ in range(2 * MAX_CONNECTIONS)]
    others = [await answered_at(port, ANOTHER) for _ in range(MAX_OF_AN_ADDRESS)]
    others += [await answered_at(port, PROXY) for _ in range(MAX_CONNECTIONS - 2 * MAX_OF_AN_ADDRESS)]
    for _, each in (*silent, *others):
        each.close()


async def test_a_head_without_end_is_cut_off(port: int) -> None:
    reader, writer = await connect(port)
    writer.write(b"GET / HTTP/1.1\r\nX-Long: ")
    sent = 0
    with suppress(ConnectionError):
        while sent < 100_000_000:
            writer.write(b"x" * 65_536)
            await writer.drain()
            sent += 65_536
    assert sent < 20_000_000
    assert await closed(reader) == b""


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="the kernel has no such limit")
@pytest.mark.parametrize("path", ["large", "given-up"])
async def test_an_answer_that_nobody_takes_is_kept_neither_while_it_is_sent_nor_after(
    server: uvicorn.Server, port: int, path: str
) -> None:
    with await one_who_never_reads(port, path):
        connections = server.server_state.connections
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not connections:
                await asyncio.sleep(0.01)
            while connections:
                await asyncio.sleep(0.01)


async def test_what_waits_for_a_reader_can_be_bounded(port: int) -> None:
    sent: list[int] = []
    HELD_UP_AFTER.append(sent.append)
    with await one_who_never_reads(port, "bounded"):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not sent:
                await asyncio.sleep(0.01)
    assert sent[0] < 8 * BOUND_BYTES


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
