"""What the services' processes take of memory while something goes on."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import psutil

from joust_embedded.settings import SERVICES
from joust_embedded.stack import Stack

_LOOK_SECONDS = 0.05


class Memory:
    """What the processes of the services have at the most, beyond what they had at first."""

    def __init__(self, stack: Stack) -> None:
        self._processes = {name: psutil.Process(stack.pid(name)) for name in SERVICES}
        self._first = self._now()
        self._growth = dict.fromkeys(SERVICES, 0)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Look again and again within the block."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    def growth_mib(self) -> Mapping[str, float]:
        """Until now, by service."""
        return {name: round(size / 2**20, 1) for name, size in self._growth.items()}

    async def _watch(self) -> None:
        while True:
            for name, size in self._now().items():
                self._growth[name] = max(self._growth[name], size - self._first[name])
            await asyncio.sleep(_LOOK_SECONDS)

    def _now(self) -> Mapping[str, int]:
        return {name: process.memory_info().rss for name, process in self._processes.items()}
