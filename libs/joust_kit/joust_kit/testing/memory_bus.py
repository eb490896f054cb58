"""The bus in memory: what Kafka does for one process, without Kafka.

It keeps what is sent, chooses partitions as Kafka does, gives each group its offsets, and hands a batch out
again that was fetched but not committed. Nothing is ever thrown away by age.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from aiokafka.partitioner import DefaultPartitioner

from joust_kit.messaging.bus import MAX_BATCH_BYTES, MessageTooLarge, Outgoing, Place
from joust_kit.messaging.envelope import Message

_partition_of = DefaultPartitioner()


class MemoryBus:
    """Topics come to be when they are first named, each with ``partitions`` partitions."""

    def __init__(self, *, partitions: int = 3) -> None:
        self._partitions = list(range(partitions))
        self._logs: dict[Place, list[Message]] = defaultdict(list)
        self._committed: dict[str, dict[Place, int]] = defaultdict(dict)
        self._members: dict[str, list[MemoryGroupReader]] = defaultdict(list)
        self._sent = asyncio.Event()

    def places(self, topics: Sequence[str]) -> list[Place]:
        """All partitions of ``topics``."""
        return [(topic, partition) for topic in topics for partition in self._partitions]

    def log_of(self, place: Place) -> Sequence[Message]:
        """Everything that a partition holds."""
        return self._logs[place]

    def append(self, message: Outgoing) -> Place:
        """Store a message for good; returns where. Raises ``MessageTooLarge``."""
        headers = sum(len(name) + len(value.encode()) for name, value in message.headers.items())
        if len(message.key) + len(message.value) + headers > MAX_BATCH_BYTES:
            raise MessageTooLarge(f"a message to {message.topic} is larger than a Kafka batch")
        place = (message.topic, _partition_of(message.key, self._partitions, self._partitions))
        offset = len(self._logs[place])
        self._logs[place].append(Message(*place, offset, message.key, dict(message.headers), message.value))
        self._sent.set()
        self._sent = asyncio.Event()
        return place

    async def wait_for_more(self, seconds: float | None) -> None:
        """Return when something was sent or ``seconds`` have passed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._sent.wait()

    @asynccontextmanager
    async def sending(self) -> AsyncIterator["MemorySender"]:
        """A sender, which needs no connection."""
        yield MemorySender(self)

    @asynccontextmanager
    async def reading(
        self, topics: Sequence[str], group: str, member: str = ""
    ) -> AsyncIterator["MemoryGroupReader"]:
        """A member of the group for the length of the block."""
        reader = self.join(topics, group)
        try:
            yield reader
        finally:
            self.leave(reader)

    def join(self, topics: Sequence[str], group: str) -> "MemoryGroupReader":
        """Make a member of ``group``; its partitions are shared out anew."""
        reader = MemoryGroupReader(self, topics, group)
        self._members[group].append(reader)
        self._share_out(group)
        return reader

    def leave(self, reader: "MemoryGroupReader") -> None:
        """End a membership; the others get its partitions, from the committed offsets."""
        self._members[reader.group].remove(reader)
        self._share_out(reader.group)

    def _share_out(self, group: str) -> None:
        members = self._members[group]
        for number, reader in enumerate(members):
            mine = self.places(reader.topics)[number :: len(members)]
            reader.positions = {place: self._committed[group].get(place, 0) for place in mine}

    def commit(self, group: str, positions: dict[Place, int]) -> None:
        """Remember how far a group has come."""
        self._committed[group] |= positions

    @asynccontextmanager
    async def listening(self, topics: Sequence[str]) -> AsyncIterator[AsyncIterator[Message]]:
        """Everything from now on."""
        yield self._from_now(topics, await self.ends(topics))

    async def _from_now(self, topics: Sequence[str], positions: dict[Place, int]) -> AsyncIterator[Message]:
        while True:
            for place in self.places(topics):
                while positions[place] < len(self._logs[place]):
                    positions[place] += 1
                    yield self._logs[place][positions[place] - 1]
            await self.wait_for_more(None)

    async def ends(self, topics: Sequence[str]) -> dict[Place, int]:
        """Lengths of the partitions."""
        return {place: len(self._logs[place]) for place in self.places(topics)}

    async def committed(self, group: str) -> dict[Place, int]:
        """A copy of the group's offsets."""
        return dict(self._committed[group])

    async def history(self, place: Place, begin: int, end: int) -> AsyncIterator[Message]:
        """A piece of a partition."""
        for message in self._logs[place][begin:end]:
            yield message

    async def ping(self) -> None:
        """Memory always answers."""


class MemorySender:
    """Stores at once."""

    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus

    async def send(self, messages: Sequence[Outgoing]) -> Sequence[int]:
        """Store all."""
        for message in messages:
            self._bus.append(message)
        return range(len(messages))


class MemoryGroupReader:
    """One member of a group, and how far it has read in its partitions."""

    def __init__(self, bus: MemoryBus, topics: Sequence[str], group: str) -> None:
        self._bus = bus
        self.topics = topics
        self.group = group
        self.positions: dict[Place, int] = {}

    async def fetch(self, *, max_messages: int, wait_seconds: float) -> Sequence[Message]:
        """Take what is there, or wait for the next that is sent."""
        if found := self.take(max_messages):
            return found
        await self._bus.wait_for_more(wait_seconds)
        return self.take(max_messages)

    def take(self, max_messages: int) -> list[Message]:
        """What is there now, one partition after the other."""
        found: list[Message] = []
        for place, position in self.positions.items():
            piece = self._bus.log_of(place)[position : position + max_messages - len(found)]
            self.positions[place] = position + len(piece)
            found += piece
        return found

    async def commit(self) -> None:
        """Commit where this member is; what was given to others is no longer in its positions."""
        self._bus.commit(self.group, self.positions)
