"""Readers of one leaderboard, through a kill of the gateway: all come back at once, and miss nothing."""

import asyncio
import signal
import time

import pytest

from joust_embedded.bounty.works import DECENT
from joust_embedded.health import http_status
from joust_embedded.stack import Stack
from tests.support.arena import Arena, eventually, scored
from tests.support.readers import Readers

PER_ACCOUNT = 100
"""Streams that an account may have open."""


async def test_a_hundred_readers_miss_nothing_when_the_gateway_is_killed(stack: Stack, arena: Arena) -> None:
    await through_a_restart(stack, arena, 100, signal.SIGKILL)


@pytest.mark.campaign
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda number: number.name)
async def test_a_thousand_readers_miss_nothing_when_the_gateway_is_restarted(
    stack: Stack, arena: Arena, number: signal.Signals
) -> None:
    await through_a_restart(stack, arena, 1_000, number)


async def through_a_restart(stack: Stack, arena: Arena, count: int, number: signal.Signals) -> None:
    """A score is told before, while the gateway is away, and after it has come back."""
    poster = await arena.sign_up("Poster")
    task = await arena.open_task(poster)
    agents = [await arena.sign_up(f"Agent {place}") for place in range(max(3, count // PER_ACCOUNT))]
    keys = [str(agent.http.headers["Authorization"]) for agent in agents]
    readers = Readers(f"{stack.urls['gateway']}/api/v1/tasks/{task['id']}/leaderboard/stream", keys, count)

    async with readers.reading():
        await readers.all_were_told(0)
        await agents[0].quick_submit(task["id"], DECENT)
        await readers.all_were_told(1)

        late = await agents[1].quick_submit(task["id"], DECENT)
        readers.hold_back()
        await asyncio.to_thread(stack.kill, "gateway", number)
        await eventually(lambda: is_ready(stack))
        await scored(agents[1], late["id"])
        began = time.monotonic()
        readers.let_come()
        await readers.all_were_told(2)
        print(f"{count} readers were back after {time.monotonic() - began:.1f} s")

        await agents[2].quick_submit(task["id"], DECENT)
        await readers.all_were_told(3)
        await poster.close_task(task["id"])
        await readers.all_ended()

    readers.check([0, 1, 2, 3])
    assert min(reader.openings for reader in readers.all) == 2


async def is_ready(stack: Stack) -> bool:
    return await http_status("127.0.0.1", stack.ports["gateway"], "/readyz") == 200
