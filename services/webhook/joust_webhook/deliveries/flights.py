"""Which attempts are under way in this process, so that no receiver costs another its turn.

An attempt that takes long goes on without its worker. A receiver has a few attempts at once and not more,
and one that fails again and again gets a single one now and then (a circuit breaker). For a place at a quick
receiver as many wait as it has places, for a moment; every other attempt is put off. All this is only in
memory: a process that begins anew finds out again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_REMEMBERED = 10_000
"""Receivers whose failures are remembered, at about 200 bytes each; of more, the oldest are forgotten."""
_FIRST_PAUSE = timedelta(seconds=1)
_FULL_PAUSE = timedelta(seconds=1)
"""What a receiver has no place for waits at least so long, or as long again as its oldest attempt goes on
already: so jobs for one that hangs are not put off again and again."""


@dataclass(frozen=True)
class Limits:
    """How much may be under way."""

    per_receiver: int
    without_worker: int
    patience_seconds: float
    failures: int
    max_pause: timedelta


@dataclass
class _Receiver:
    under_way: dict[object, float] = field(default_factory=dict)
    """Attempts, the oldest first, by when they began on the loop's clock."""
    failures: int = 0
    """In a row."""
    closed_until: datetime | None = None
    is_slow: bool = False
    """The last that is known: an attempt went on alone."""
    waiting: list[asyncio.Future[None]] = field(default_factory=list)


class Flights:
    """The attempts of one process."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._receivers: OrderedDict[UUID, _Receiver] = OrderedDict()
        self._alone: set[asyncio.Task[None]] = set()

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
        return _full_pause(known) if len(known.under_way) >= self._limits.per_receiver else None

    async def admit(self, receiver: UUID, now: Callable[[], datetime]) -> timedelta | None:
        """``None`` as soon as an attempt may begin, at once; else how long it is to be put off."""
        pause = self.pause_before(receiver, now())
        known = self._receivers.get(receiver)
        if pause is None or known is None or known.is_slow or known.failures >= self._limits.failures:
            return pause
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
        task = asyncio.create_task(attempt)
        known.under_way[task] = asyncio.get_running_loop().time()
        task.add_done_callback(lambda _: self._landed(receiver, known, task))
        try:
            await asyncio.wait({task}, timeout=self._limits.patience_seconds)
            if not task.done() and len(self._alone) >= self._limits.without_worker:
                await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            raise
        known.is_slow = not task.done()
        if task.done():
            task.result()
            return True
        self._alone.add(task)
        task.add_done_callback(self._end_alone)
        return False

    async def close(self) -> None:
        """Break off what is still under way; its jobs see to it again."""
        for task in (alone := list(self._alone)):
            task.cancel()
        await asyncio.gather(*alone, return_exceptions=True)

    def _know(self, receiver: UUID) -> _Receiver:
        known = self._receivers.setdefault(receiver, _Receiver())
        self._receivers.move_to_end(receiver)
        if len(self._receivers) > _REMEMBERED:
            oldest = next(iter(self._receivers))
            if not self._receivers[oldest].under_way:
                del self._receivers[oldest]
        return known

    def _landed(self, receiver: UUID, known: _Receiver, task: asyncio.Task[None]) -> None:
        del known.under_way[task]
        if (turn := next((each for each in known.waiting if not each.done()), None)) is not None:
            turn.set_result(None)
        idle = not (known.under_way or known.failures or known.waiting)
        if idle and self._receivers.get(receiver) is known:
            del self._receivers[receiver]

    def _end_alone(self, task: asyncio.Task[None]) -> None:
        self._alone.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("attempt failed, its job makes it again", error=repr(error))


def _full_pause(known: _Receiver) -> timedelta:
    oldest = next(iter(known.under_way.values()))
    return max(_FULL_PAUSE, timedelta(seconds=asyncio.get_running_loop().time() - oldest))


async def _turn(known: _Receiver) -> None:
    """Wait until a place is free, behind all who wait."""
    turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    known.waiting.append(turn)
    try:
        await turn
    finally:
        known.waiting.remove(turn)
