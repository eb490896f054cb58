"""The bus in memory, with what real ones do to their users: lateness, repetition, answers that get lost."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from joust_kit.messaging.bus import Outgoing, Place
from joust_kit.messaging.envelope import Message
from joust_kit.testing.memory_bus import MemoryBus, MemoryGroupReader
from tests.simulation.loop import Process
from tests.simulation.scheduler import Scheduler

_LONGEST_DELAY_SECONDS = 1800.0
_REWOUND_AT_MOST = 8


class SimulatedBus:
    """The bus as one process sees it. Its memberships of groups end with the process."""

    def __init__(self, memory: MemoryBus, scheduler: Scheduler, process: Process) -> None:
        self._memory = memory
        self._scheduler = scheduler
        self._process = process

    @asynccontextmanager
    async def sending(self) -> AsyncIterator["SimulatedSender"]:
        """A sender whose answers may be lost."""
        await self._scheduler.point("connect to the bus")
        yield SimulatedSender(self._memory, self._scheduler)

    @asynccontextmanager
    async def reading(
        self, topics: Sequence[str], group: str, member: str = ""
    ) -> AsyncIterator["SimulatedReader"]:
        """A member of the group."""
        await self._scheduler.point("join the group")
        joined = self._memory.join(topics, group)
        is_gone = False

        def leave() -> None:
            nonlocal is_gone
            if not is_gone:
                is_gone = True
                self._memory.leave(joined)

        self._process.on_death.append(leave)
        try:
            yield SimulatedReader(self._memory, self._scheduler, joined)
        finally:
            leave()

    def listening(self, topics: Sequence[str]) -> AbstractAsyncContextManager[AsyncIterator[Message]]:
        """From now on, without faults: nothing may be built on it."""
        return self._memory.listening(topics)

    async def ends(self, topics: Sequence[str]) -> dict[Place, int]:
        """As in memory."""
        return await self._memory.ends(topics)

    async def committed(self, group: str) -> dict[Place, int]:
        """As in memory."""
        return await self._memory.committed(group)

    def history(self, place: Place, begin: int, end: int) -> AsyncIterator[Message]:
        """As in memory."""
        return self._memory.history(place, begin, end)

    async def ping(self) -> None:
        """Always there."""


class SimulatedSender:
    """Stores messages, and tells of all of them, of some, or fails."""

    def __init__(self, memory: MemoryBus, scheduler: Scheduler) -> None:
        self._memory = memory
        self._scheduler = scheduler

    async def send(self, messages: Sequence[Outgoing]) -> Sequence[int]:
        """Store an unbroken beginning, and acknowledge an unbroken beginning of that."""
        kinds = ", ".join(message.headers.get("ce_type", "?") for message in messages)
        await self._scheduler.point(f"send {kinds}")
        faults = self._scheduler.faults
        stored = acknowledged = len(messages)
        if faults.hit(faults.send):
            stored = faults.chance.randint(0, len(messages))
            acknowledged = faults.chance.randint(0, stored)
        for message in messages[:stored]:
            self._memory.append(message)
        await self._scheduler.point(f"{acknowledged} of {len(messages)} acknowledged")
        if acknowledged < len(messages) and faults.chance.random() < 0.3:
            raise ConnectionError("the bus went away")
        return range(acknowledged)


class SimulatedReader:
    """Gives messages late, in pieces, with the partitions in any order, and some again."""

    def __init__(self, memory: MemoryBus, scheduler: Scheduler, member: MemoryGroupReader) -> None:
        self._memory = memory
        self._scheduler = scheduler
        self._member = member
        self._late: dict[Place, float] = {}

    async def fetch(self, *, max_messages: int, wait_seconds: float) -> Sequence[Message]:
        """Wait as long as it takes: looking again and again would only cost time."""
        while True:
            if self._places():
                await self._scheduler.point(f"fetch for {self._member.group}")
                self._disturb()
                if found := self._take(max_messages):
                    return found
            await self._wait()

    async def commit(self) -> None:
        """Commit what was taken."""
        await self._scheduler.point(f"commit offsets of {self._member.group}")
        await self._member.commit()

    def _places(self) -> list[Place]:
        now = self._scheduler.loop.now
        return [
            place
            for place, position in self._member.positions.items()
            if position < len(self._memory.log_of(place)) and self._late.get(place, 0) <= now
        ]

    async def _wait(self) -> None:
        now = self._scheduler.loop.now
        late = [moment for moment in self._late.values() if moment > now]
        await self._memory.wait_for_more(min(late) - now if late else None)

    def _take(self, max_messages: int) -> list[Message]:
        chance = self._scheduler.chance
        places = self._places()
        chance.shuffle(places)
        found: list[Message] = []
        for place in places[: chance.randint(1, len(places))] if places else []:
            position = self._member.positions[place]
            piece = self._memory.log_of(place)[position : position + chance.randint(1, max_messages)]
            self._member.positions[place] = position + len(piece)
            found += piece
        return found + self._old_ones() if found else found

    def _old_ones(self) -> list[Message]:
        """Messages out of their order, as when a dead letter is re-driven or two members overlap."""
        faults = self._scheduler.faults
        read = [place for place, position in self._member.positions.items() if position]
        if not read or not faults.hit(faults.again):
            return []
        place = faults.chance.choice(read)
        old = self._memory.log_of(place)[faults.chance.randrange(self._member.positions[place])]
        self._note(f"{old.wire_type} at {old.offset} of {place[0]}/{place[1]} comes again")
        return [old]

    def _disturb(self) -> None:
        faults = self._scheduler.faults
        for place in self._places():
            if faults.hit(faults.delay):
                seconds = faults.seconds(0.01, _LONGEST_DELAY_SECONDS)
                self._late[place] = self._scheduler.loop.now + seconds
                self._note(f"{place[0]}/{place[1]} is late by {seconds:.2f} s")
        for place, position in self._member.positions.items():
            if position and faults.hit(faults.rewind):
                self._member.positions[place] = max(0, position - faults.chance.randint(1, _REWOUND_AT_MOST))
                self._note(f"{place[0]}/{place[1]} is read again")

    def _note(self, text: str) -> None:
        self._scheduler.trace.add(self._scheduler.loop.now, None, f"{self._member.group}: {text}")
