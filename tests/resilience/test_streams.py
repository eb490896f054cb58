"""Hundreds of readers of one leaderboard, through a kill -9 of the gateway: nothing is missed or out of order."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from joust_embedded.bounty.works import DECENT
from joust_embedded.stack import Stack
from tests.support.arena import Arena, eventually, scored

READERS = 250
ACCOUNTS = 4
"""An account may have a hundred streams open."""


@dataclass
class Reader:
    """Reads a stream to its end, coming again as often as it breaks off."""

    path: str
    key: str
    seen: list[tuple[int, int]] = field(default_factory=list)
    """Version and number of entries of each event, over all connections."""
    openings: int = 0
    ended: bool = False

    async def read(self, session: aiohttp.ClientSession) -> None:
        while not self.ended:
            with suppress(aiohttp.ClientError, TimeoutError):
                await self._read_once(session)
            if not self.ended:
                await asyncio.sleep(random.uniform(1, 3))

    async def _read_once(self, session: aiohttp.ClientSession) -> None:
        headers = {"Authorization": self.key}
        if self.seen:
            headers["Last-Event-ID"] = str(self.seen[-1][0])
        async with session.get(self.path, headers=headers) as answer:
            if answer.status != 200:
                return
            self.openings += 1
            async for name, id, data in events_of(answer.content):
                if name == "leaderboard":
                    self.seen.append((id, len(data["entries"])))
                self.ended = name == "terminal"


async def events_of(lines: aiohttp.StreamReader) -> AsyncIterator[tuple[str, int, Any]]:
    fields: dict[str, str] = {}
    async for line in lines:
        if text := line.decode().rstrip("\n"):
            name, _, value = text.partition(": ")
            fields[name] = value
        else:
            if "event" in fields:
                yield fields["event"], int(fields["id"]), json.loads(fields["data"])
            fields = {}


@pytest.mark.campaign
async def test_hundreds_of_readers_miss_nothing_when_the_gateway_is_killed(
    stack: Stack, arena: Arena
) -> None:
    poster = await arena.sign_up("Poster")
    task = await arena.open_task(poster)
    accounts = [await arena.sign_up(f"Agent {number}") for number in range(ACCOUNTS)]
    keys = [str(account.http.headers["Authorization"]) for account in accounts]
    url = f"{stack.urls['gateway']}/api/v1/tasks/{task['id']}/leaderboard/stream"
    readers = [Reader(url, keys[number % ACCOUNTS]) for number in range(READERS)]

    async def all_have_seen(entries: int) -> None:
        async def seen() -> bool:
            return all(reader.seen and reader.seen[-1][1] == entries for reader in readers)

        await eventually(seen, seconds=90)

    timeout = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, force_close=True), timeout=timeout
    ) as session:
        reading = [asyncio.create_task(reader.read(session)) for reader in readers]
        await all_have_seen(0)
        for number, agent in enumerate(accounts[:3], start=1):
            submitted = await agent.quick_submit(task["id"], DECENT)
            if number == 2:
                await asyncio.to_thread(stack.kill, "gateway")
                await eventually(lambda: answers(session, stack), seconds=60)
            await scored(agent, submitted["id"])
            await all_have_seen(number)
        await poster.close_task(task["id"])
        await asyncio.wait_for(asyncio.gather(*reading), 90)

    board = await poster.leaderboard(task["id"])
    for reader in readers:
        versions = [version for version, _ in reader.seen]
        assert versions == sorted(set(versions))
        assert [entries for _, entries in reader.seen if entries in {1, 2, 3}][-1] == len(board["entries"])
        assert {0, 1, 3} <= {entries for _, entries in reader.seen}
        assert reader.openings >= 2


async def answers(session: aiohttp.ClientSession, stack: Stack) -> bool:
    try:
        async with session.get(f"{stack.urls['gateway']}/livez") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False
