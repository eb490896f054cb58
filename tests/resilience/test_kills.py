"""kill -9 of every process while bounties are played: what was accepted is scored once and paid once.

They die one after another under one load. Where in its work a service dies is what ``test_failpoints`` is about.
"""

import asyncio

import pytest

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from tests.support.arena import Arena
from tests.support.load import TO_THE_END_SECONDS, History, play
from tests.support.soundness import arena_is_sound

pytestmark = pytest.mark.faults
VICTIMS = {"each service": [name.value for name in ServiceName], "each part": ["kafka", "postgres"]}
PATIENCE_SECONDS = 60.0


@pytest.mark.parametrize("victims", VICTIMS)
async def test_nothing_accepted_is_lost_or_done_twice_when_a_process_is_killed(
    stack: Stack, victims: str
) -> None:
    arena, history, stop = Arena(stack, patience_seconds=PATIENCE_SECONDS), History(), asyncio.Event()
    playing = asyncio.create_task(play(arena, stop, history))
    try:
        await wait_for_traffic(history)
        for victim in VICTIMS[victims]:
            restarts = stack.restarts(victim)
            await asyncio.to_thread(stack.kill, victim)
            await asyncio.to_thread(stack.wait_ready, 60)
            assert stack.restarts(victim) > restarts
        stop.set()
        await asyncio.wait_for(playing, TO_THE_END_SECONDS)
        await arena_is_sound(stack, history)
    finally:
        stop.set()
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        await arena.close()


async def wait_for_traffic(history: History) -> None:
    """Until bounties are in full swing: submissions wait for scores, and a deal was made."""
    async with asyncio.timeout(60):
        while not history.deals or len(history.submissions) % 4 == 0:
            await asyncio.sleep(0.02)
