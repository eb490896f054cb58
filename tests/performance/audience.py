"""Many listeners of one stream, which do no more than note the ids that they are told."""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

_ID = re.compile(rb"\nid: (\d+)\n")
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_TAIL = 40
"""Bytes kept of what was read, so that an id that comes in two pieces is found."""
_PAUSE_SECONDS = 0.5


class _Listener(asyncio.Protocol):
    """One connection: asks once, and notes what comes."""

    def __init__(self, audience: "Audience", request: bytes) -> None:
        self._audience = audience
        self._request = request
        self._rest = b""
        self._transport: asyncio.WriteTransport | None = None
        self.ids: list[int] = []
        self.answered: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """The status; 0 if the connection was lost before."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        text = self._rest + data
        if not self.answered.done():
            status = _STATUS.match(text)
            if status is None:
                self._rest = text
                return
            self.answered.set_result(int(status[1]))
        end = 0
        for found in _ID.finditer(text):
            self.ids.append(int(found[1]))
            self._audience.saw(self.ids[-1])
            end = found.end()
        self._rest = text[max(end, len(text) - _TAIL) :]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.answered.done():
            self.answered.set_result(0)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class Audience:
    """Listeners that come all at once, and leave all at once."""

    def __init__(self, url: str, keys: Sequence[str], size: int) -> None:
        """``keys``: the listeners' ``Authorization``, used in turn."""
        self._address = urlsplit(url)
        self._keys = keys
        self._size = size
        self._seen: Counter[int] = Counter()
        self._everybody = asyncio.Event()
        self.listeners: list[_Listener] = []
        self.statuses: Counter[int] = Counter()
        """Of all answers; 0 stands for a connection that was lost before."""

    @property
    def deliveries(self) -> int:
        """How many frames came."""
        return sum(len(listener.ids) for listener in self.listeners)

    def saw(self, id: int) -> None:
        """A listener was told."""
        self._seen[id] += 1
        if self._seen[id] == self._size:
            self._everybody.set()

    async def come(self) -> None:
        """Everybody connects at the same moment, and again after a pause if they were refused."""
        missing = self._size
        async with asyncio.timeout(120):
            while missing:
                came = await asyncio.gather(*(self._connect(number) for number in range(missing)))
                missing -= sum(came)
                if missing:
                    await asyncio.sleep(_PAUSE_SECONDS)
            while not all(listener.ids for listener in self.listeners):
                await asyncio.sleep(0.01)
            await self.all_saw(self.newest)

    @property
    def newest(self) -> int:
        """The highest id that somebody saw."""
        return max(self._seen)

    async def all_saw(self, id: int) -> None:
        """Return once everybody was told ``id``."""
        async with asyncio.timeout(60):
            while self._seen[id] < self._size:
                self._everybody.clear()
                await self._everybody.wait()

    def leave(self) -> None:
        """Close all connections."""
        for listener in self.listeners:
            listener.close()

    def check(self) -> None:
        """Nobody was told anything twice or out of order, and all were told the same last thing."""
        for listener in self.listeners:
            assert listener.ids == sorted(set(listener.ids))
        assert len({listener.ids[-1] for listener in self.listeners}) == 1

    async def _connect(self, number: int) -> bool:
        address = self._address
        key = self._keys[number % len(self._keys)]
        request = (
            f"GET {address.path or '/'} HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: {key}\r\n\r\n"
        )
        loop = asyncio.get_running_loop()
        _, listener = await loop.create_connection(
            lambda: _Listener(self, request.encode()), str(address.hostname), address.port or 80
        )
        status = await listener.answered
        self.statuses[status] += 1
        if status == 200:
            self.listeners.append(listener)
            return True
        listener.close()
        return False
