"""Which attempts are under way in this process, so that no receiver costs another its turn.

An attempt whose answer takes long goes on without its worker, at once if the receiver is known to be slow,
and soon if workers are scarce. A receiver has a few attempts at once and not more, the slow ones together no
more than leave some for others, and one that fails again and again gets a single one now and then (a circuit
breaker). For a place at a quick receiver as many wait as it has places, for a moment; every other attempt is
put off. What slow and failing receivers have waiting comes back one after another, so that it does not stand
before the attempts at others, however much it is. All this is only in memory: a process that begins anew
finds out again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

WORKERS = 24
"""As many share a transaction (``jobs``); each waits for one answer at a time."""
_REMEMBERED = 10_000
"""Receivers whose failures and slowness are remembered, at about 300 bytes each; of more, the oldest are
forgotten."""
_FIRST_PAUSE = timedelta(seconds=1)
_FULL_PAUSE = timedelta(seconds=1)
"""What a receiver has no place for waits at least so long, or as long again as its oldest attempt goes on
already: so jobs for one that hangs are not put off again and again."""
_RETURNS_APART = timedelta(seconds=0.05)
"""Between two attempts at one slow or failing receiver that were put off: more than it has places for, and
little beside what a process can put off."""
_LONGEST_LINE = timedelta(minutes=5)
"""Then they come back closer together: once the receiver is well, what waited is sent within that time."""


@dataclass(frozen=True)
class Limits:
    """How much may be under way."""

    per_receiver: int
    without_worker: int
    patience_seconds: float
    failures: int
    max_pause: timedelta
    workers: int = WORKERS

    @property
    def to_slow(self) -> int:
        """Attempts without a worker at receivers that are known to be slow: so the others find a place."""
        return self.without_worker * 3 // 4

    @property
    def brief_patience_seconds(self) -> float:
        """While half of the workers wait for answers."""
        return self.patience_seconds / 5


@dataclass
class _Flight:
    """An attempt under way, by the loop's clock."""

    began: float
    """Its request, once that is sent; what comes before it counts by itself."""
    answered: float | None = None

    def waited(self, now: float) -> float:
        """Seconds for which its receiver keeps it waiting, or kept it. What is done with the answer is not
        the receiver's time."""
        return (now if self.answered is None else self.answered) - self.began


@dataclass
class _Receiver:
    under_way: dict[object, _Flight] = field(default_factory=dict)
    """Attempts, by their tasks, the oldest first."""
    failures: int = 0
    """In a row."""
    closed_until: datetime | None = None
    is_slow: bool = False
    """Its last answer took longer than a worker waits, or one is awaited already for as long."""
    returns_until: datetime | None = None
    """When the last of those that were put off comes back."""
    waiting: list[asyncio.Future[None]] = field(default_factory=list)


class Flights:
    """The attempts of one process."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._receivers: OrderedDict[UUID, _Receiver] = OrderedDict()
        self._alone: set[asyncio.Task[None]] = set()
        self._held = 0
        """Workers that wait for an answer."""

    @property
    def under_way(self) -> int:
        """Attempts, at all receivers."""
        return sum(len(each.under_way) for each in self._receivers.values())

    def pause_before(self, receiver: UUID, now: datetime) -> timedelta | None:
        """How long an attempt has to wait; ``None`` if it may begin."""
        known = self._receivers.get(receiver)
        if known is None:
            return None
        if known.failures >= self._limits.failures:
            if known.closed_until is not None and now < known.closed_until:
                return known.closed_until - now
            return _full_pause(known) if known.under_way else None
        if known.is_slow and len(self._alone) >= self._limits.to_slow > 0:
            return _full_pause(known)
        return _full_pause(known) if len(known.under_way) >= self._limits.per_receiver else None

    async def admit(self, receiver: UUID, now: Callable[[], datetime]) -> timedelta | None:
        """``None`` as soon as an attempt may begin, at once; else how long it is to be put off."""
        pause = self.pause_before(receiver, now())
        known = self._receivers.get(receiver)
        if pause is None or known is None:
            return pause
        if known.is_slow or known.failures >= self._limits.failures:
            return _back_in_line(known, pause, now())
        if len(known.waiting) >= self._limits.per_receiver:
            return pause
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.patience_seconds):
                while (pause := self.pause_before(receiver, now())) is not None:
                    await _turn(known)
        return pause

    def learn(self, receiver: UUID, *, succeeded: bool, now: datetime) -> None:
        """Take in how an attempt ended."""
        known = self._know(receiver)
        if succeeded:
            known.failures, known.closed_until = 0, None
            return
        known.failures += 1
        if (beyond := known.failures - self._limits.failures) >= 0:
            pause = min(self._limits.max_pause, _FIRST_PAUSE * 2 ** min(beyond, 30))
            known.closed_until = now + pause

    async def fly(self, receiver: UUID, attempt: Coroutine[Any, Any, None]) -> bool:
        """Make an attempt; False if it goes on alone, and may be lost with this process.

        Raises what the attempt raises, unless it goes on alone.
        """
        known = self._know(receiver)
        patience = self._patience_with(known)
        task = asyncio.create_task(attempt)
        flight = known.under_way[task] = _Flight(asyncio.get_running_loop().time())
        task.add_done_callback(lambda _: self._landed(receiver, known, task))
        self._held += 1
        try:
            await _landing(task, flight, patience)
            if not task.done() and len(self._alone) >= self._limits.without_worker:
                await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            self._held -= 1
        if task.done():
            task.result()
            return True
        known.is_slow = known.is_slow or patience >= self._limits.patience_seconds
        self._alone.add(task)
        task.add_done_callback(self._end_alone)
        return False

    @contextmanager
    def sending(self, receiver: UUID) -> Iterator[None]:
        """While the request of the attempt that is this task waits for its answer."""
        known = self._receivers.get(receiver)
        flight = None if known is None else known.under_way.get(asyncio.current_task())
        if flight is None:
            yield
            return
        loop = asyncio.get_running_loop()
        flight.began = loop.time()
        try:
            yield
        finally:
            flight.answered = loop.time()

    async def close(self) -> None:
        """Break off what is still under way; its jobs see to it again."""
        for task in (alone := list(self._alone)):
            task.cancel()
        await asyncio.gather(*alone, return_exceptions=True)

    def _patience_with(self, known: _Receiver) -> float:
        """How long a worker waits for the next attempt's end."""
        limits = self._limits
        if known.is_slow:
            return 0
        if 2 * self._held < limits.workers:
            return limits.patience_seconds
        return limits.brief_patience_seconds if _longest(known) < limits.brief_patience_seconds else 0

    def _know(self, receiver: UUID) -> _Receiver:
        known = self._receivers.setdefault(receiver, _Receiver())
        self._receivers.move_to_end(receiver)
        if len(self._receivers) > _REMEMBERED:
            oldest = next(iter(self._receivers))
            if not self._receivers[oldest].under_way:
                del self._receivers[oldest]
        return known

    def _landed(self, receiver: UUID, known: _Receiver, task: asyncio.Task[None]) -> None:
        waited = known.under_way.pop(task).waited(asyncio.get_running_loop().time())
        known.is_slow = waited >= self._limits.patience_seconds
        if (turn := next((each for each in known.waiting if not each.done()), None)) is not None:
            turn.set_result(None)
        idle = not (known.under_way or known.failures or known.waiting or known.is_slow)
        if idle and self._receivers.get(receiver) is known:
            del self._receivers[receiver]

    def _end_alone(self, task: asyncio.Task[None]) -> None:
        self._alone.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("attempt failed, its job makes it again", error=repr(error))


async def _landing(task: asyncio.Task[None], flight: _Flight, patience: float) -> None:
    """Returns once it has landed, or its receiver has kept it waiting for so long."""
    loop = asyncio.get_running_loop()
    left: float | None = patience
    while True:
        await asyncio.wait({task}, timeout=left)
        left = None if flight.answered else patience - flight.waited(loop.time())
        if task.done() or (left is not None and left <= 0):
            return


def _longest(known: _Receiver) -> float:
    """Seconds for which its oldest attempt waits for its answer."""
    oldest = next(iter(known.under_way.values()), None)
    return 0 if oldest is None else oldest.waited(asyncio.get_running_loop().time())


def _full_pause(known: _Receiver) -> timedelta:
    return max(_FULL_PAUSE, timedelta(seconds=_longest(known)))


def _back_in_line(known: _Receiver, pause: timedelta, now: datetime) -> timedelta:
    """The pause after which an attempt comes back behind all that were put off before it."""
    behind = now if known.returns_until is None else known.returns_until + _RETURNS_APART
    known.returns_until = min(max(behind, now + pause), now + pause + _LONGEST_LINE)
    return known.returns_until - now


async def _turn(known: _Receiver) -> None:
    """Wait until a place is free, behind all who wait."""
    turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    known.waiting.append(turn)
    try:
        await turn
    finally:
        known.waiting.remove(turn)
