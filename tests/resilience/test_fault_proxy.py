"""The fault proxy itself, before a server that sends back what it gets."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.support.arena import eventually
from tests.support.fault_proxy import Direction, FaultProxy, fault_proxy

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]
SILENCE_SECONDS = 0.3
"""How long a line must be silent to count as such."""


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(1000):
                writer.write(chunk)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with fault_proxy("127.0.0.1", server.sockets[0].getsockname()[1]) as running:
        yield running
    server.close()


async def connect(proxy: FaultProxy) -> Pair:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def echoed(pair: Pair, sent: bytes) -> bytes:
    reader, writer = pair
    writer.write(sent)
    await writer.drain()
    async with asyncio.timeout(10):
        return await reader.readexactly(len(sent))


async def test_without_a_fault_everything_passes_unchanged(proxy: FaultProxy) -> None:
    pair = await connect(proxy)
    assert await echoed(pair, bytes(range(256)) * 2000) == bytes(range(256)) * 2000
    pair[1].close()

    async def nobody_left() -> bool:
        return proxy.open_connections == 0

    await eventually(nobody_left)


async def test_what_is_lost_comes_later_whole_and_in_order(
    proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.fault_proxy._RETRANSMISSION_SECONDS", 0.01)
    pair = await connect(proxy)
    with proxy.lossy(Direction.UP, 1), proxy.lossy(Direction.DOWN, 0.5):
        began = time.monotonic()
        assert await echoed(pair, b"lost four times") == b"lost four times"
        assert time.monotonic() - began >= 0.15
        for number in range(20):
            assert await echoed(pair, b"%d" % number) == b"%d" % number
    pair[1].close()


async def test_a_client_that_says_it_is_done_still_gets_the_rest(proxy: FaultProxy) -> None:
    reader, writer = await connect(proxy)
    writer.write(b"last words")
    writer.write_eof()
    async with asyncio.timeout(10):
        assert await reader.read(-1) == b"last words"


@pytest.mark.parametrize("direction", Direction)
async def test_delay_holds_bytes_back(proxy: FaultProxy, direction: Direction) -> None:
    pair = await connect(proxy)
    await echoed(pair, b"warm")
    began = time.monotonic()
    with proxy.delay(direction, 300):
        await echoed(pair, b"late")
    assert time.monotonic() - began >= 0.3


async def test_cut_resets_what_is_open_and_refuses_what_comes(proxy: FaultProxy) -> None:
    pair = await connect(proxy)
    await echoed(pair, b"open")
    async with proxy.cut():
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(pair[0].read(1), 10)
        with pytest.raises(ConnectionRefusedError):
            await connect(proxy)
    assert await echoed(await connect(proxy), b"again") == b"again"


async def test_a_black_hole_is_silent_and_then_gives_back_what_it_held(proxy: FaultProxy) -> None:
    old = await connect(proxy)
    await echoed(old, b"open")
    with proxy.black_hole():
        new = await connect(proxy)
        for _, writer in (old, new):
            writer.write(b"hello?")
        for reader, _ in (old, new):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), SILENCE_SECONDS)
    for reader, _ in (old, new):
        assert await asyncio.wait_for(reader.readexactly(6), 10) == b"hello?"


async def test_slow_lets_so_many_bytes_pass_in_a_second(proxy: FaultProxy) -> None:
    pair = await connect(proxy)
    await echoed(pair, b"warm")
    began = time.monotonic()
    with proxy.slow(Direction.DOWN, 10_000):
        await echoed(pair, b"x" * 5000)
    assert time.monotonic() - began >= 0.4


async def test_corrupt_flips_one_byte_in_one_direction(proxy: FaultProxy) -> None:
    pair = await connect(proxy)
    with proxy.corrupt(Direction.UP, after_bytes=7):
        assert await echoed(pair, b"01234") == b"01234"
        assert await echoed(pair, b"56789") == b"56" + bytes([ord("7") ^ 0xFF]) + b"89"
        assert await echoed(pair, b"01234") == b"01234"


async def test_connections_can_be_reset_once_while_new_ones_are_taken(proxy: FaultProxy) -> None:
    pair = await connect(proxy)
    await echoed(pair, b"open")
    proxy.reset_connections()
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(pair[0].read(1), 10)
    assert await echoed(await connect(proxy), b"again") == b"again"
