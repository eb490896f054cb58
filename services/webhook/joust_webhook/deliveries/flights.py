"""Which attempts are under way in this process, so that no receiver costs another its turn.

An attempt that takes long goes on without its worker. A receiver has a few attempts at once and not more,
and one that fails again and again gets a single one now and then (a circuit breaker). All this is only in
memory: a process that begins anew finds out again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_REMEMBERED = 10_000
"""Receivers whose failures are remembered, at about 200 bytes each; of more, the oldest are forgotten."""
_FIRST_PAUSE = timedelta(seconds=1)
_FULL_PAUSE = timedelta(seconds=1)
"""What a receiver has no place for waits so long, which is about as long as slow attempts take."""


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
    under_way: int = 0
    failures: int = 0
    """In a row."""
    closed_until: datetime | None = None


class Flights:
    """The attempts of one process."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._receivers: OrderedDict[UUID, _Receiver] = OrderedDict()
        self._alone: set[asyncio.Task[None]] = set()

    def pause_before(self, receiver: UUID, now: datetime) -> timedelta | None:
        """How long an attempt has to wait; ``None`` if it may begin."""
        known = self._receivers.get(receiver)
        if known is None:
            return None
        if known.failures >= self._limits.failures:
            if known.closed_until is not None and now < known.closed_until:
                return known.closed_until - now
            return _FULL_PAUSE if known.under_way else None
        return _FULL_PAUSE if known.under_way >= self._limits.per_receiver else None

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
        known.under_way += 1
        task = asyncio.create_task(attempt)
        task.add_done_callback(lambda _: self._landed(receiver, known))
        try:
            await asyncio.wait({task}, timeout=self._limits.patience_seconds)
            if not task.done() and len(self._alone) >= self._limits.without_worker:
                await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            raise
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

    def _landed(self, receiver: UUID, known: _Receiver) -> None:
        known.under_way -= 1
        if not known.under_way and not known.failures and self._receivers.get(receiver) is known:
            del self._receivers[receiver]

    def _end_alone(self, task: asyncio.Task[None]) -> None:
        self._alone.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("attempt failed, its job makes it again", error=repr(error))
