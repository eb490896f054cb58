"""The stack as its users see it: accounts that act over the public API."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

from joust_embedded.bounty.client import Json, Party
from joust_embedded.bounty.works import DECENT
from joust_embedded.stack import Stack


class Arena:
    """Signs up posters and agents on a running stack."""

    def __init__(
        self,
        stack: Stack,
        *,
        patience_seconds: float = 10,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.stack = stack
        self.url = stack.urls["gateway"]
        self._patience_seconds = patience_seconds
        self._transport = transport
        self._parties: list[Party] = []

    async def sign_up(self, name: str, *, cents: int = 0) -> Party:
        """A new account, with money if wanted."""
        party = await Party.sign_up(
            self.url, name, patience_seconds=self._patience_seconds, transport=self._transport
        )
        self._parties.append(party)
        if cents:
            await party.deposit(cents)
        return party

    async def open_task(self, poster: Party, **fields: Any) -> Json:
        """A published task of ``poster``."""
        task = await poster.create_task(**fields)
        return await poster.publish(task["id"])

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.gather(*(party.close() for party in self._parties))


async def scored(agent: Party, submission_id: str, *, seconds: float = 60) -> Json:
    """The submission once it was evaluated."""

    async def evaluated() -> bool:
        return bool((await agent.submission(submission_id))["evaluated"])

    await eventually(evaluated, seconds=seconds)
    return await agent.submission(submission_id)


async def submit_and_wait(agent: Party, task_id: str, files: dict[str, str] | None = None) -> Json:
    """Hand in files and wait for the score."""
    submitted = await agent.quick_submit(task_id, files or DECENT)
    return await scored(agent, submitted["id"])


async def eventually(
    condition: Callable[[], Awaitable[bool]], *, seconds: float = 30, every: float = 0.1
) -> None:
    """Wait until ``condition`` holds; raises ``TimeoutError`` after ``seconds``."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(every)
