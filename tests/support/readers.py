"""Many readers of one leaderboard's stream, who come again with the id of the last event whenever it breaks off."""

import asyncio
import json
import resource
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.support.arena import eventually

_PAUSE_SECONDS = 0.2
_OTHER_FILES = 500


@dataclass
class Reader:
    """Reads a stream to its end, over as many connections as it takes."""

    key: str
    seen: list[tuple[int, int]] = field(default_factory=list)
    """Version and number of entries of each event, over all connections."""
    openings: int = 0
    has_ended: bool = False

    @property
    def entries(self) -> list[int]:
        """Each number of entries that it was told, once for each time that it changed."""
        counts = [count for _, count in self.seen]
        return [count for place, count in enumerate(counts) if counts[:place][-1:] != [count]]


class Readers:
    """So many readers; all come at once whenever they may."""

    def __init__(self, url: str, keys: Sequence[str], count: int) -> None:
        """``keys`` are used in turn, as ``Authorization``."""
        self._url = url
        self.all = [Reader(keys[number % len(keys)]) for number in range(count)]
        self.refusals: Counter[str] = Counter()
        """Answers other than 200, and connections that were lost before an answer."""
        self._may_come = asyncio.Event()
        self._may_come.set()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """All read for the length of the block."""
        _allow_files(len(self.all) + _OTHER_FILES)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            reading = [asyncio.create_task(self._read(reader, session)) for reader in self.all]
            try:
                yield
            finally:
                for task in reading:
                    task.cancel()
                await asyncio.gather(*reading, return_exceptions=True)

    def hold_back(self) -> None:
        """Whoever is cut off waits."""
        self._may_come.clear()

    def let_come(self) -> None:
        """All who wait come at the same moment."""
        self._may_come.set()

    async def all_were_told(self, entries: int, *, seconds: float = 60) -> None:
        """Return once the last that everybody knows is a leaderboard of so many entries."""

        async def told() -> bool:
            return all(reader.seen and reader.seen[-1][1] == entries for reader in self.all)

        await eventually(told, seconds=seconds)

    async def all_ended(self, *, seconds: float = 60) -> None:
        """Return once everybody was told that nothing more comes."""

        async def ended() -> bool:
            return all(reader.has_ended for reader in self.all)

        await eventually(ended, seconds=seconds)

    def check(self, entries: Sequence[int]) -> None:
        """Everybody was told of these numbers of entries, one after the other, and of no version twice or late;
        nobody was refused."""
        assert not self.refusals, f"refused: {dict(self.refusals)}"
        for reader in self.all:
            versions = [version for version, _ in reader.seen]
            assert versions == sorted(set(versions))
            assert reader.entries == list(entries)

    async def _read(self, reader: Reader, session: aiohttp.ClientSession) -> None:
        while not reader.has_ended:
            await self._may_come.wait()
            with suppress(aiohttp.ClientPayloadError, TimeoutError):
                try:
                    await self._read_once(reader, session)
                except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
                    self.refusals[type(error).__name__] += self._may_come.is_set()
            if not reader.has_ended:
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _read_once(self, reader: Reader, session: aiohttp.ClientSession) -> None:
        headers = {"Authorization": reader.key}
        if reader.seen:
            headers["Last-Event-ID"] = str(reader.seen[-1][0])
        async with session.get(self._url, headers=headers) as answer:
            if answer.status != 200:
                self.refusals[str(answer.status)] += 1
                return
            reader.openings += 1
            async for name, id, data in _events_of(answer.content):
                if name == "leaderboard":
                    reader.seen.append((id, len(data["entries"])))
                reader.has_ended = name == "terminal"


async def _events_of(lines: aiohttp.StreamReader) -> AsyncIterator[tuple[str, int, Any]]:
    fields: dict[str, str] = {}
    async for line in lines:
        if text := line.decode().rstrip("\n"):
            name, _, value = text.partition(": ")
            fields[name] = value
        else:
            if "event" in fields:
                yield fields["event"], int(fields["id"]), json.loads(fields["data"])
            fields = {}


def _allow_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))
