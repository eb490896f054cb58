"""Bubblewraps that wait for the next programs: made while those before them run."""

import asyncio
from collections import deque

from joust_evaluation.sandbox.base import SandboxFailed
from joust_evaluation.sandbox.waiting import Maker, Waiting
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)


class Spares:
    """Up to ``count`` that wait. Any fits any program."""

    def __init__(self, maker: Maker, count: int) -> None:
        self._maker = maker
        self._count = count
        self._made: deque[asyncio.Task[Waiting | None]] = deque()

    async def take(self) -> Waiting:
        """One that nobody else has; a new one where none waits. Raises ``SandboxFailed``."""
        while self._made:
            made = self._made.popleft()
            try:
                await asyncio.wait({made})
            except asyncio.CancelledError:
                self._made.appendleft(made)
                raise
            waiting = made.result()
            if waiting is None:
                continue
            if waiting.is_there:
                return waiting
            await waiting.end()
        return await self._maker.make()

    def replenish(self) -> None:
        """Begin to make those that are lacking."""
        while len(self._made) < self._count:
            self._made.append(asyncio.create_task(self._make(), name="spare sandbox"))

    async def close(self) -> None:
        """End all of them."""
        made = list(self._made)
        self._count = 0
        self._made.clear()
        for waiting in await asyncio.gather(*made):
            if waiting is not None:
                await waiting.end()

    async def _make(self) -> Waiting | None:
        try:
            return await self._maker.make()
        except SandboxFailed as error:
            # Whoever needs one tries for himself, and is told.
            log.info("no spare sandbox", reason=str(error))
            return None
