"""The one client that asks all parties: a closed loop for throughput, an open loop for latency."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import aiohttp

from tests.performance.rounds import Sample

Ask = Callable[[], Awaitable[None]]
"""One request; raises if the answer is not the one expected."""


@asynccontextmanager
async def open_client(headers: Mapping[str, str] | None = None) -> AsyncIterator[aiohttp.ClientSession]:
    """Connections that are kept; as many as there are requests at once."""
    # uvicorn closes an idle connection after 5 s.
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=4)
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(connector=connector, headers=headers, timeout=timeout) as session:
        yield session


def get(session: aiohttp.ClientSession, url: str) -> Ask:
    """Ask for ``url`` and read the whole answer."""

    async def ask() -> None:
        async with session.get(url) as response:
            await response.read()
            assert response.status == 200, f"{url}: {response.status}"

    return ask


async def closed_loop(ask: Ask, connections: int, seconds: float) -> Sample:
    """Each connection asks again as soon as it was answered."""
    latencies: list[float] = []
    began = time.perf_counter()
    end = began + seconds

    async def one_after_another() -> None:
        while (asked := time.perf_counter()) < end:
            await ask()
            latencies.append((time.perf_counter() - asked) * 1e3)

    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(one_after_another())
    return Sample(len(latencies), time.perf_counter() - began, latencies)


async def open_loop(ask: Ask, rate: float, seconds: float) -> Sample:
    """``rate`` requests a second whatever the answers do; latency counts from the intended moment."""
    latencies: list[float] = []
    began = time.perf_counter()

    async def one(intended: float) -> None:
        await ask()
        latencies.append((time.perf_counter() - intended) * 1e3)

    async with asyncio.TaskGroup() as group:
        for number in range(max(1, int(rate * seconds))):
            intended = began + number / rate
            if (pause := intended - time.perf_counter()) > 0:
                await asyncio.sleep(pause)
            group.create_task(one(intended))
    return Sample(len(latencies), time.perf_counter() - began, latencies)
