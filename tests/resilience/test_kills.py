"""kill -9 of every process while bounties are played: what was accepted is scored once and paid once."""

import asyncio

import pytest

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from tests.support import checkers
from tests.support.arena import Arena
from tests.support.load import PRICE_CENTS, History, play

VICTIMS = [*(name.value for name in ServiceName), "kafka", "postgres"]
PATIENCE_SECONDS = 60.0


@pytest.mark.parametrize("victim", VICTIMS)
async def test_nothing_accepted_is_lost_or_done_twice_when_a_process_is_killed(
    stack: Stack, victim: str
) -> None:
    arena, history, stop = Arena(stack, patience_seconds=PATIENCE_SECONDS), History(), asyncio.Event()
    playing = asyncio.create_task(play(arena, stop, history))
    try:
        await wait_for_traffic(history)
        restarts = stack.restarts(victim)
        await asyncio.to_thread(stack.kill, victim)
        await asyncio.to_thread(stack.wait_ready, 60)
        assert stack.restarts(victim) > restarts
        stop.set()
        await asyncio.wait_for(playing, 120)
        await check(stack, history)
    finally:
        stop.set()
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        await arena.close()


async def wait_for_traffic(history: History) -> None:
    """Until bounties are in full swing: submissions wait for scores, and a deal was made."""
    async with asyncio.timeout(30):
        while not history.deals or len(history.submissions) % 4 == 0:
            await asyncio.sleep(0.02)


async def check(stack: Stack, history: History) -> None:
    """All checkers, over what the clients were told."""
    messages = await checkers.events_are_complete(stack)
    checkers.versions_rise(messages)
    await checkers.scored_exactly_once(messages, history.submissions)
    await checkers.paid_exactly_once(stack, history.deals)
    await checkers.ledger_adds_up(stack)
    balances = await asyncio.gather(*(party.balance() for party in history.parties))
    fees = len(history.deals) * PRICE_CENTS // 10
    assert sum(balance["available_cents"] for balance in balances) == history.deposited_cents - fees
