"""kill -9 of the dispatcher while deliveries flow: each message reaches each endpoint at least once.

What an endpoint is to get is read from the account's log of events, which knows every message under its id.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import pytest
from aiohttp import web

from joust_embedded.bounty.client import Party
from joust_embedded.stack import Stack
from tests.support.arena import Arena, eventually
from tests.support.receivers import receiving

pytestmark = pytest.mark.faults
ENDPOINTS = 20
"""As many as an account may have."""
CHANGES = 2
"""A task is opened and closed."""
AT_ONCE = 4
LEASES_SECONDS = 120.0
"""What a dead dispatcher had in hand is taken up after a lease of 30 s; with several deaths, one after another."""


class Size(NamedTuple):
    """How much is sent, and how often the dispatcher dies meanwhile."""

    tasks: int
    kills: int

    @property
    def deliveries(self) -> int:
        """Messages, counted for each endpoint."""
        return self.tasks * CHANGES * ENDPOINTS


@dataclass
class Hooks:
    """A server with many endpoints; counts how often each got which message."""

    url: str = ""
    came: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def take(self, request: web.Request) -> web.Response:
        await request.read()
        self.came[request.match_info["endpoint"], request.headers["webhook-id"]] += 1
        return web.Response(status=204)


@asynccontextmanager
async def hooks() -> AsyncIterator[Hooks]:
    opened = Hooks()
    async with receiving(opened.take) as opened.url:
        yield opened


async def test_each_delivery_arrives_though_the_dispatcher_is_killed(young_stack: Stack) -> None:
    await through_kills(young_stack, Size(tasks=10, kills=3))


@pytest.mark.campaign
async def test_ten_thousand_deliveries_arrive_though_the_dispatcher_is_killed_twenty_times(
    young_stack: Stack,
) -> None:
    await through_kills(young_stack, Size(tasks=250, kills=20))


async def through_kills(stack: Stack, size: Size) -> None:
    """The dispatcher dies after each further part of the deliveries that has come."""
    arena = Arena(stack, patience_seconds=60)
    poster = await arena.sign_up("Poster")
    async with hooks() as server:
        for number in range(ENDPOINTS):
            await poster.register_webhook(f"{server.url}/{number}", ["task.status_changed"])
        playing = asyncio.create_task(open_and_close(poster, size.tasks))
        try:
            for kill in range(1, size.kills + 1):
                await come(server, size.deliveries * kill // (size.kills + 1), playing)
                await asyncio.to_thread(stack.kill, "webhook")
                await asyncio.to_thread(stack.wait_ready, 60)
            await playing
            wanted = {(str(number), id) for number in range(ENDPOINTS) for id in await told(poster, size)}
            assert len(wanted) == size.deliveries
            await eventually(lambda: all_came(server, wanted), seconds=LEASES_SECONDS + size.deliveries / 20)
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
            await arena.close()
        assert set(server.came) == wanted
        twice = server.came.total() - size.deliveries
    print(
        f"{size.deliveries} deliveries, {size.kills} kills: each came, {twice} came again "
        f"({twice / size.deliveries:.2%})"
    )


async def open_and_close(poster: Party, tasks: int) -> None:
    """Two messages for each task."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with places:
            task = await poster.create_task()
            await poster.publish(task["id"])
            await poster.close_task(task["id"])

    await asyncio.gather(*(one() for _ in range(tasks)))


async def come(server: Hooks, count: int, playing: asyncio.Task[None]) -> None:
    """Wait until so many deliveries have come."""

    async def enough() -> bool:
        if playing.done():
            playing.result()
        return len(server.came) >= count

    await eventually(enough, seconds=LEASES_SECONDS + count / 20, every=0.02)


async def told(poster: Party, size: Size) -> list[str]:
    """Ids of all messages to the poster, once the log has them all."""
    ids: list[str] = []
    after = 0
    async with asyncio.timeout(LEASES_SECONDS):
        while len(ids) < size.tasks * CHANGES:
            page = await poster.get("/api/v1/events", after=after, limit=100, wait=5)
            ids += [each["id"] for each in page["data"]]
            after = page["next_after"]
    return ids


async def all_came(server: Hooks, wanted: set[tuple[str, str]]) -> bool:
    return wanted <= set(server.came)
