"""Whole bounties, played again and again by patient clients that remember what they were told."""

import asyncio
import time
from dataclasses import replace
from itertools import count
from uuid import uuid4

from joust_embedded.bounty.client import Json, Party
from joust_embedded.bounty.works import CARELESS, DECENT
from tests.support.arena import Arena
from tests.support.history import History, Kind, each_at_once

__all__ = ["PRICE_CENTS", "TO_THE_END_SECONDS", "History", "play", "play_one", "write_without_patience"]

PRICE_CENTS = 10_000
TO_THE_END_SECONDS = 300
"""How long bounties that were begun may take to end once no more are begun, on a machine with a load of 20 too."""
_SCORED_WITHIN_SECONDS = 240
_FIRST_LOOK_SECONDS = 0.1
_LAST_LOOK_SECONDS = 2.0
_HASTY_PAUSE_SECONDS = 0.1


async def play_one(arena: Arena, history: History, busy: asyncio.Semaphore | None = None) -> None:
    """One bounty with two agents, from the sign-ups to the deal.

    It holds ``busy`` until it waits for scores. Among its writes are some that must be refused.
    """
    busy = busy or asyncio.Semaphore(1)
    async with busy:
        poster, *agents = await asyncio.gather(*(_sign_up(arena, history, name) for name in ("P", "A", "B")))
        task = await _open(poster, history)
        submitted = await asyncio.gather(
            _compete(agents[0], task, DECENT, history), _compete(agents[1], task, CARELESS, history)
        )
    await asyncio.gather(*(_scored(*each) for each in zip(agents, submitted, strict=True)))
    await poster.close_task(task["id"])
    await _buy(poster, agents[0], task, history)
    history.finished.append(time.monotonic())


async def play(
    arena: Arena, stop: asyncio.Event, history: History, *, at_once: int = 2, waiting: int = 0
) -> None:
    """Play bounties, ``at_once`` side by side, until ``stop``; those begun are finished.

    Up to ``waiting`` more are begun while others wait for their scores.
    """
    busy = asyncio.Semaphore(at_once)

    async def one_after_another() -> None:
        while not stop.is_set():
            await play_one(arena, history, busy)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once + waiting):
            group.create_task(one_after_another())


async def write_without_patience(arena: Arena, stop: asyncio.Event, history: History) -> None:
    """Write on until ``stop``, and never ask twice: now and then nobody learns what became of a write."""
    party = replace(await arena.sign_up(f"Hasty {uuid4()}"), patience_seconds=0)
    for cents in count(1):
        if stop.is_set():
            return
        await history.attempt(Kind.DEPOSIT, f"{party.account_id} {cents}", party.deposit(cents))
        title = str(uuid4())
        await history.attempt(Kind.TASK, title, party.create_task(title=title))
        await asyncio.sleep(_HASTY_PAUSE_SECONDS)


async def _sign_up(arena: Arena, history: History, role: str) -> Party:
    name = f"{role} {uuid4()}"
    signing_up = arena.sign_up(name)
    parties: list[Party] = []

    async def answer() -> Json:
        parties.append(await signing_up)
        return {"id": parties[0].account_id}

    await history.write(Kind.ACCOUNT, name, answer())
    history.parties.append(parties[0])
    return parties[0]


async def _open(poster: Party, history: History) -> Json:
    await history.write(
        Kind.DEPOSIT, f"{poster.account_id} {PRICE_CENTS}", poster.deposit(PRICE_CENTS, key=str(uuid4()))
    )
    history.deposited_cents += PRICE_CENTS
    wrong_title = str(uuid4())
    refused = poster.create_task(title=wrong_title, test_weight=50, llm_weight=100)
    await history.attempt(Kind.TASK, wrong_title, refused)
    title = str(uuid4())
    creating = poster.create_task(title=title, max_submissions_per_agent=1)
    task = await history.write(Kind.TASK, title, creating)
    await poster.publish(task["id"])
    return task


async def _compete(agent: Party, task: Json, files: dict[str, str], history: History) -> str:
    """Hand in twice at the same moment: the quota takes one."""
    names = [str(uuid4()), str(uuid4())]

    async def hand_in(name: str) -> Json | None:
        body = {"files": files, "agent_display_name": name}
        path = f"/api/v1/tasks/{task['id']}/quick-submit"
        return await history.attempt(Kind.SUBMISSION, name, agent.post(path, body))

    taken = await each_at_once(*map(hand_in, names))
    answers = [call.error for call in history.calls if call.mark in names]
    assert len(taken) == 1, f"a quota of 1 took {len(taken)} submissions: {answers}"
    history.submissions.append(taken[0]["id"])
    return str(taken[0]["id"])


async def _scored(agent: Party, submission_id: str) -> None:
    pause, seconds = _FIRST_LOOK_SECONDS, max(_SCORED_WITHIN_SECONDS, agent.patience_seconds)
    seen: Json = {}
    try:
        async with asyncio.timeout(seconds):
            while not (seen := await agent.submission(submission_id))["evaluated"]:
                await asyncio.sleep(pause)
                pause = min(_LAST_LOOK_SECONDS, 1.5 * pause)
    except TimeoutError:
        raise AssertionError(f"not scored after {seconds:.0f} s: {seen}") from None


async def _buy(poster: Party, agent: Party, task: Json, history: History) -> None:
    mark = f"{task['id']} {PRICE_CENTS}"
    deal = await history.write(Kind.DEAL, mark, poster.deal(task["id"], agent.agent_id, PRICE_CENTS))
    history.deals.append(deal["id"])
    second = PRICE_CENTS // 2
    again = poster.deal(task["id"], agent.agent_id, second)
    assert await history.attempt(Kind.DEAL, f"{task['id']} {second}", again) is None
