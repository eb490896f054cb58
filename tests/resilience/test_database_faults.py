"""PostgreSQL restarted, robbed of connections, crowded, frozen: answers come in time, and all goes on by itself."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest

from joust_embedded.bounty.client import Party, a_task
from joust_embedded.stack import Stack
from tests.resilience.test_kills import PATIENCE_SECONDS, wait_for_traffic
from tests.support.arena import Arena, eventually, submit_and_wait
from tests.support.faults import backends_dying, idle_connections
from tests.support.freezing import frozen
from tests.support.load import TO_THE_END_SECONDS, History, play
from tests.support.soundness import arena_is_sound

pytestmark = pytest.mark.faults
LIMIT_SECONDS = 2.0
Ask = Callable[[Party], Awaitable[httpx2.Response]]
Answers = list[tuple[float, httpx2.Response]]


@asynccontextmanager
async def traffic(stack: Stack) -> AsyncIterator[History]:
    """Bounties are played during the block; after it they end, and all checkers must be content."""
    arena, history, stop = Arena(stack, patience_seconds=PATIENCE_SECONDS), History(), asyncio.Event()
    playing = asyncio.create_task(play(arena, stop, history))
    try:
        await wait_for_traffic(history)
        yield history
        stop.set()
        await asyncio.wait_for(playing, TO_THE_END_SECONDS)
        await arena_is_sound(stack, history)
    finally:
        stop.set()
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        await arena.close()


async def deals_go_on(history: History, more: int) -> None:
    """Wait until ``more`` bounties were played from now on."""
    wanted = len(history.deals) + more

    async def enough() -> bool:
        return len(history.deals) >= wanted

    await eventually(enough, seconds=90)


@pytest.mark.campaign  # a job whose worker lost its connection waits 30 s for its lease to end
async def test_a_restart_loses_nothing(stack: Stack) -> None:
    async with traffic(stack) as history:
        restarts = stack.restarts("postgres")
        await asyncio.to_thread(stack.kill, "postgres", signal.SIGINT)
        await asyncio.to_thread(stack.wait_ready, 60)
        assert stack.restarts("postgres") > restarts
        await deals_go_on(history, 1)


async def test_ended_and_idle_connections_and_none_left_lose_nothing_and_keep_nobody_out(
    stack: Stack,
) -> None:
    """One load through one fault after another: what lost its connection at first waits for its lease meanwhile."""
    async with traffic(stack) as history:
        await end_connections(stack, 20)
        async with idle_connections(stack.database_dsn, 200) as opened:
            assert opened == 200
            await deals_go_on(history, 2)
        async with idle_connections(stack.database_dsn, 1000):
            await all_are_answered_in_time(stack)
            await deals_go_on(history, 1)


@pytest.mark.campaign
async def test_connections_that_end_five_times_a_second_for_long_lose_nothing(stack: Stack) -> None:
    async with traffic(stack) as history:
        await end_connections(stack, 200)
        await deals_go_on(history, 1)


async def end_connections(stack: Stack, count: int) -> None:
    """``count`` of the services' connections to PostgreSQL are ended, five a second."""
    async with backends_dying(stack, every=0.2) as ended:

        async def enough() -> bool:
            return len(ended) >= count

        await eventually(enough, seconds=60 + count)


async def all_are_answered_in_time(stack: Stack) -> None:
    arena = Arena(stack)
    poster = await new_party(arena)
    await asyncio.gather(*(is_answered_in_time(poster, ask) for ask in 5 * ASKED))
    await arena.close()


async def test_while_it_is_frozen_all_are_refused_in_time_and_then_all_goes_on(stack: Stack) -> None:
    await freeze_and_thaw(stack, seconds=8)


@pytest.mark.campaign
async def test_thirty_seconds_frozen(stack: Stack) -> None:
    await freeze_and_thaw(stack, seconds=30)


async def freeze_and_thaw(stack: Stack, *, seconds: float) -> None:
    arena = Arena(stack)
    poster = await new_party(arena)
    task = await arena.open_task(poster)
    agent = await new_party(arena)
    async with traffic(stack):
        with frozen(stack.pid("postgres")):
            answers = await ask_for(seconds, poster)
        assert {answer.status_code for _, answer in answers} == {503}
        assert all(answer.headers["Retry-After"] for _, answer in answers)
        assert max(took for took, _ in answers) < LIMIT_SECONDS
        await eventually(lambda: works(poster), seconds=30)
        # Scored again: so relays, consumers and jobs of all services are back as well.
        await submit_and_wait(agent, task["id"])
    await arena.close()


def read_tasks(party: Party) -> Awaitable[httpx2.Response]:
    return party.http.get("/api/v1/tasks")


def read_balance(party: Party) -> Awaitable[httpx2.Response]:
    return party.http.get("/api/v1/wallet/balance")


def make_task(party: Party) -> Awaitable[httpx2.Response]:
    return party.http.post("/api/v1/tasks", json=a_task())


def sign_up(party: Party) -> Awaitable[httpx2.Response]:
    return party.http.post("/api/v1/accounts", json={"display_name": "Late", "kind": "agent"})


ASKED: list[Ask] = [read_tasks, read_balance, make_task, sign_up]


async def new_party(arena: Arena) -> Party:
    party = await arena.sign_up("Patience")
    for ask in ASKED:
        (await ask(party)).raise_for_status()
    return party


async def timed(party: Party, ask: Ask) -> tuple[float, httpx2.Response]:
    """An answer, and how many seconds later it came than one that takes no database.

    The promise is about PostgreSQL; how busy the machine is at that moment is not. Fails if the gateway itself hangs.
    """
    (took, answer), (took_alive, _) = await asyncio.gather(
        _clocked(ask(party)), _clocked(party.http.get("/livez"))
    )
    assert took_alive < LIMIT_SECONDS
    return took - took_alive, answer


async def _clocked(asking: Awaitable[httpx2.Response]) -> tuple[float, httpx2.Response]:
    began = time.monotonic()
    answer = await asking
    return time.monotonic() - began, answer


async def is_answered_in_time(party: Party, ask: Ask) -> None:
    took, answer = await timed(party, ask)
    assert took < LIMIT_SECONDS
    assert answer.status_code in {200, 201, 503}


async def ask_for(seconds: float, party: Party) -> Answers:
    """Ask everything every half second, without waiting for answers before the next round."""
    asked: list[asyncio.Task[tuple[float, httpx2.Response]]] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        asked += [asyncio.create_task(timed(party, ask)) for ask in ASKED]
        await asyncio.sleep(0.5)
    return list(await asyncio.gather(*asked))


async def works(party: Party) -> bool:
    answers = await asyncio.gather(*(ask(party) for ask in ASKED))
    return all(answer.is_success for answer in answers)
