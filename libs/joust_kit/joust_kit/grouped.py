"""Calls that come while one is under way are made together (group commit).

What many jobs do at the same time, each in a transaction of its own, costs as many commits and connections.
Here they wait for the transaction that is under way, and then share the next one. So one call alone waits for
nobody, and the more there are, the less each costs.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from opentelemetry.context import Context, attach, detach, get_current

from joust_kit.database.failures import is_too_slow, is_unavailable
from joust_kit.database.unit_of_work import UnitOfWork

T = TypeVar("T")
R = TypeVar("R")

_SURELY_UNANSWERED = 2
"""One that waits for a lock is too slow by itself; after so many in a row it is the database that does not
answer, and the rest need not ask it."""

_Waiting = list[tuple[Any, asyncio.Future[Any]]]
_Work = Callable[[Sequence[Any]], Awaitable[Sequence[Any]]]


class Grouped:
    """The calls of one process."""

    def __init__(self, *, at_most: int = 50) -> None:
        """``at_most``: calls that are made together, which bounds how long their transaction takes."""
        self._at_most = at_most
        self._waiting: defaultdict[_Work, _Waiting] = defaultdict(list)
        self._running: dict[_Work, asyncio.Task[None]] = {}

    async def call(self, work: Callable[[Sequence[T]], Awaitable[Sequence[R]]], item: T) -> R:
        """The result of ``work`` for ``item``: ``work`` takes several and returns theirs, in the same order.

        Should it fail for several it is made for each alone, so that one does not spoil the others. Raises
        what ``work`` raises. A caller that is cancelled leaves its item to be done.
        """
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting[work].append((item, done))
        if work not in self._running:
            self._running[work] = asyncio.create_task(self._run(work))
        return await done

    async def close(self) -> None:
        """Break off what is under way; its callers are cancelled."""
        for task in (running := list(self._running.values())):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _run(self, work: _Work) -> None:
        waiting = self._waiting[work]
        batch: _Waiting = []
        try:
            while waiting:
                batch = waiting[: self._at_most]
                del waiting[: self._at_most]
                await _make(work, batch)
        finally:
            del self._running[work]
            for _, done in (*batch, *waiting):
                done.cancel()
            waiting.clear()


async def _make(work: _Work, batch: _Waiting) -> None:
    error = await _try(work, batch)
    if error is None:
        return
    unanswered = 0
    if len(batch) == 1 or (is_unavailable(error) and not is_too_slow(error)):
        unanswered = _SURELY_UNANSWERED
    for one in batch:
        if unanswered < _SURELY_UNANSWERED:
            alone = await _try(work, [one])
            if alone is None:
                unanswered = 0
                continue
            error = alone
            unanswered += is_unavailable(error)
        _, done = one
        if not done.done():
            done.set_exception(error)


async def _try(work: _Work, batch: _Waiting) -> Exception | None:
    """Hand out the results, or return why there are none."""
    try:
        results = await work([item for item, _ in batch])
    except Exception as error:  # noqa: BLE001 - it belongs to whoever called
        return error
    for (_, done), result in zip(batch, results, strict=True):
        if not done.done():
            done.set_result(result)
    return None


@dataclass(frozen=True)
class Cause:
    """What one of several things that are done together follows from: its request, and its trace."""

    correlation_id: str | None
    trace: Context = field(default_factory=get_current)

    @contextmanager
    def of(self, unit: UnitOfWork) -> Iterator[None]:
        """What is told and planned in the block follows from this cause."""
        before, unit.correlation_id = unit.correlation_id, self.correlation_id
        token = attach(self.trace)
        try:
            yield
        finally:
            detach(token)
            unit.correlation_id = before
