"""A TCP proxy whose faults are switched while it runs, to be put between a service and what it needs.

Faults hold for the length of a block; several may hold at once::

    async with fault_proxy(host, port) as proxy:
        with proxy.black_hole():
            ...  # bytes are swallowed, connections stay open, nobody is told
"""

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

_CHUNK_BYTES = 65_536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER with no time left: closing sends RST instead of FIN."""
_RETRANSMISSION_SECONDS = 1.0
"""How long TCP waits before it sends again what was lost, with half a second of delay; twice as long the next time."""
_RETRANSMISSIONS = 4
_TICK_SECONDS = 0.02
"""A slow direction gets its bytes in portions of this length."""


class Direction(Enum):
    """Which way bytes go: from the client to the target, or back."""

    UP = "up"
    DOWN = "down"


@dataclass
class _Faults:
    """What is wrong with one direction now."""

    delay_seconds: float = 0
    lost_share: float = 0
    bytes_per_second: float | None = None
    corrupt_after: int | None = None
    """Bytes that still pass before one is flipped; ``None`` if none shall be."""


@dataclass(eq=False)
class _Link:
    """One client's connection and the one to the target that belongs to it."""

    client: asyncio.StreamWriter
    target: asyncio.StreamWriter | None = None

    def reset(self) -> None:
        """End both sides with RST."""
        for writer in filter(None, (self.client, self.target)):
            raw = writer.get_extra_info("socket")
            with suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            writer.transport.abort()


@dataclass
class FaultProxy:
    """Forwards a loopback port to ``host``:``target_port``."""

    host: str
    target_port: int
    port: int = 0
    accepted: int = 0
    """Connections taken since the start."""
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _links: set[_Link] = field(default_factory=set)
    _faults: dict[Direction, _Faults] = field(default_factory=lambda: {each: _Faults() for each in Direction})
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Listen, on a free port the first time and on the same one later."""
        self._flowing.set()
        await self._listen()

    async def stop(self) -> None:
        """Close the door and every connection."""
        await self._refuse()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def open_connections(self) -> int:
        """Clients that are connected now."""
        return len(self._links)

    @asynccontextmanager
    async def cut(self) -> AsyncIterator[None]:
        """Reset all connections and refuse new ones."""
        await self._refuse()
        try:
            yield
        finally:
            await self._listen()

    def reset_connections(self) -> None:
        """Reset all connections once; new ones are taken."""
        for link in tuple(self._links):
            link.reset()

    @contextmanager
    def black_hole(self) -> Iterator[None]:
        """Take connections and bytes and let nothing through, without a word; then all of it goes on.

        What a network that lost its way would drop, TCP sends again: so bytes are held and not lost.
        """
        self._flowing.clear()
        try:
            yield
        finally:
            self._flowing.set()

    @contextmanager
    def delay(self, direction: Direction, milliseconds: float) -> Iterator[None]:
        """Each portion of bytes comes later."""
        self._faults[direction].delay_seconds = milliseconds / 1000
        try:
            yield
        finally:
            self._faults[direction].delay_seconds = 0

    @contextmanager
    def lossy(self, direction: Direction, share: float) -> Iterator[None]:
        """Portions of bytes get lost. Whoever uses TCP sees nothing of that but the time until they were sent again,
        so they, and all behind them, come later by that: by a second, or if they were lost again by three, by seven."""
        self._faults[direction].lost_share = share
        try:
            yield
        finally:
            self._faults[direction].lost_share = 0

    @contextmanager
    def slow(self, direction: Direction, bytes_per_second: float) -> Iterator[None]:
        """A narrow line."""
        self._faults[direction].bytes_per_second = bytes_per_second
        try:
            yield
        finally:
            self._faults[direction].bytes_per_second = None

    @contextmanager
    def corrupt(self, direction: Direction, *, after_bytes: int) -> Iterator[None]:
        """Flip all bits of one byte, the first after ``after_bytes`` more bytes of all connections."""
        self._faults[direction].corrupt_after = after_bytes
        try:
            yield
        finally:
            self._faults[direction].corrupt_after = None

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self.reset_connections()
            self._server = None

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = _Link(writer)
        self._links.add(link)
        try:
            await self._flowing.wait()
            if writer.transport.is_closing():
                return
            target_reader, link.target = await asyncio.open_connection(self.host, self.target_port)
            up = self._pump(Direction.UP, reader, link.target)
            async with asyncio.TaskGroup() as group:
                group.create_task(up)
                group.create_task(self._pump(Direction.DOWN, target_reader, writer))
        except (OSError, ExceptionGroup):
            await self._flowing.wait()  # in a black hole nobody hears that the other side is gone
            link.reset()
        finally:
            self._links.discard(link)
            for side in filter(None, (writer, link.target)):
                side.transport.abort() if side.transport.is_closing() else side.close()

    async def _pump(
        self, direction: Direction, source: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> None:
        faults = self._faults[direction]
        while chunk := await source.read(_CHUNK_BYTES):
            if faults.delay_seconds:
                await asyncio.sleep(faults.delay_seconds)
            await _lost(faults)
            await self._flowing.wait()
            await self._pass(faults, self._damaged(faults, chunk), sink)
        await self._flowing.wait()
        if sink.can_write_eof():
            sink.write_eof()

    async def _pass(self, faults: _Faults, chunk: bytes, sink: asyncio.StreamWriter) -> None:
        while chunk and (rate := faults.bytes_per_second) is not None:
            portion = max(1, int(rate * _TICK_SECONDS))
            sink.write(chunk[:portion])
            await sink.drain()
            chunk = chunk[portion:]
            await asyncio.sleep(portion / rate)
            await self._flowing.wait()
        sink.write(chunk)
        await sink.drain()

    @staticmethod
    def _damaged(faults: _Faults, chunk: bytes) -> bytes:
        place = faults.corrupt_after
        if place is None:
            return chunk
        if place >= len(chunk):
            faults.corrupt_after = place - len(chunk)
            return chunk
        faults.corrupt_after = None
        return chunk[:place] + bytes([chunk[place] ^ 0xFF]) + chunk[place + 1 :]


async def _lost(faults: _Faults) -> None:
    """Wait until a portion of bytes was sent often enough to come through."""
    for times in range(_RETRANSMISSIONS):
        if random.random() >= faults.lost_share:
            return
        await asyncio.sleep(_RETRANSMISSION_SECONDS * 2**times)


@asynccontextmanager
async def fault_proxy(host: str, port: int) -> AsyncIterator[FaultProxy]:
    """A proxy before ``host``:``port`` for the length of the block."""
    proxy = FaultProxy(host, port)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()
