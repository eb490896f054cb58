"""Keeps a process's loops running: relay, consumer, retries, jobs."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from joust_kit.database.failures import is_unavailable
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_FIRST_DELAY_SECONDS = 0.1
_MAX_DELAY_SECONDS = 3.0


class Background:
    """Tasks that live as long as the process; one that fails is started again after a pause."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run ``run`` until ``stop``; when it raises or returns, run it again with growing pauses."""
        self._tasks.append(asyncio.create_task(_forever(name, run), name=name))

    async def stop(self) -> None:
        """End all tasks; each gets to finish what its cancellation lets it finish."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()


async def _forever(name: str, run: Callable[[], Awaitable[None]]) -> None:
    delays = Backoff(_FIRST_DELAY_SECONDS, _MAX_DELAY_SECONDS)
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await run()
        except Exception as error:
            if is_unavailable(error):
                log.warning("waits for a part that does not answer", loop=name, error=repr(error))
            else:
                log.exception("loop failed and is started again", loop=name)
        if asyncio.get_running_loop().time() - began > 10 * _MAX_DELAY_SECONDS:
            delays.reset()
        await asyncio.sleep(delays.next())


class Backoff:
    """Growing delays in seconds, doubled each time up to a limit, with a fifth of jitter."""

    def __init__(self, first_seconds: float, max_seconds: float) -> None:
        self._first = first_seconds
        self._max = max_seconds
        self._next = first_seconds

    def next(self) -> float:
        """The delay to wait now."""
        delay = self._next
        self._next = min(self._max, delay * 2)
        return delay * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing

    def reset(self) -> None:
        """Begin again with the first delay."""
        self._next = self._first


def backoff_seconds(attempt: int, first_seconds: float, max_seconds: float) -> float:
    """Delay before attempt ``attempt`` + 1 (from 1), doubled each time, with a fifth of jitter."""
    delay = min(max_seconds, first_seconds * 2 ** min(attempt - 1, 30))
    return float(delay * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load, guards nothing
