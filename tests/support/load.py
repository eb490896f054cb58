"""Whole bounties, played again and again by patient clients that remember what they were told."""

import asyncio
from dataclasses import dataclass, field
from uuid import uuid4

from joust_embedded.bounty.client import Party
from joust_embedded.bounty.works import CARELESS, DECENT
from tests.support.arena import Arena, scored

PRICE_CENTS = 10_000


@dataclass
class History:
    """What was answered with 2xx."""

    submissions: list[str] = field(default_factory=list)
    deals: list[str] = field(default_factory=list)
    deposited_cents: int = 0
    parties: list[Party] = field(default_factory=list)


async def play_one(arena: Arena, history: History) -> None:
    """One bounty with two agents, from the sign-ups to the deal."""
    poster = await arena.sign_up("Poster")
    agents = [await arena.sign_up("Ada"), await arena.sign_up("Bob")]
    history.parties += [poster, *agents]
    await poster.deposit(PRICE_CENTS, key=str(uuid4()))
    history.deposited_cents += PRICE_CENTS
    task = await poster.create_task()
    await poster.publish(task["id"])

    async def compete(agent: Party, files: dict[str, str]) -> str:
        submitted = await agent.quick_submit(task["id"], files)
        history.submissions.append(submitted["id"])
        await scored(agent, submitted["id"], seconds=90)
        return str(submitted["id"])

    await asyncio.gather(compete(agents[0], DECENT), compete(agents[1], CARELESS))
    await poster.close_task(task["id"])
    deal = await poster.deal(task["id"], agents[0].agent_id, PRICE_CENTS)
    history.deals.append(deal["id"])


async def play(arena: Arena, stop: asyncio.Event, history: History, *, at_once: int = 2) -> None:
    """Play bounties, ``at_once`` side by side, until ``stop``; those begun are finished."""

    async def one_after_another() -> None:
        while not stop.is_set():
            await play_one(arena, history)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(one_after_another())
