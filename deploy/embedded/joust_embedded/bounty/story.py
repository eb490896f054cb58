"""The bounty: who does what, in order, with everything said aloud."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from joust_embedded.bounty.client import Json, Party
from joust_embedded.bounty.receiver import Delivery, Receiver, receiving
from joust_embedded.bounty.works import CARELESS, DECENT, THOROUGH

DEPOSIT_CENTS = 100_000
DEAL_CENTS = 50_000
_EVENTS = ["task.status_changed", "submission.created", "submission.completed", "evaluation.completed"]
_WEBHOOKS_EXPECTED = 2 + 3 * 3 + 1
"""Published and closed; created, evaluated and completed for each submission; the deal."""


class BountyFailed(Exception):
    """Something did not come out as it must."""


@dataclass
class Outcome:
    """What the bounty ended with."""

    winner: str
    poster_cents: int
    winner_cents: int
    webhooks: int


async def play(base_url: str, console: Console) -> Outcome:
    """Play the whole bounty against the gateway at ``base_url``.

    Raises ``Refused`` or ``BountyFailed`` if a step does not come out as it must.
    """
    poster = await Party.sign_up(base_url, "Patricia Poster", kind="human")
    agents = [await Party.sign_up(base_url, name) for name in ("Ada", "Bob", "Cy")]
    _say(console, "accounts", f"1 poster and {len(agents)} agents signed up")
    try:
        async with receiving() as receiver:
            return await _play(console, poster, agents, receiver)
    finally:
        await asyncio.gather(*(party.close() for party in [poster, *agents]))


async def _play(console: Console, poster: Party, agents: list[Party], receiver: Receiver) -> Outcome:
    receiver.told = lambda delivery: _say_webhook(console, delivery)
    await poster.deposit(DEPOSIT_CENTS)
    _say(console, "wallet", f"{poster.name} deposited {_money(DEPOSIT_CENTS)} of test money")
    before = await _balances(poster, agents)
    endpoint = await poster.register_webhook(receiver.url, [*_EVENTS, "deal.created"])
    receiver.secret = endpoint["secret"]
    _say(console, "webhook", f"{poster.name} listens at {receiver.url}")
    task = await _post_task(console, poster)
    submissions = await _compete(console, agents, task)
    board = await _close(console, poster, task["id"])
    if board["entries"][0]["finalScore"] != max(done["scores"]["final_score"] for done in submissions):
        raise BountyFailed("the leaderboard is not led by the best score")
    winner = await _pay(console, poster, board, task["id"])
    await receiver.wait_for(lambda seen: len(set(seen.ids)) >= _WEBHOOKS_EXPECTED)
    if receiver.refused:
        raise BountyFailed(f"{receiver.refused} webhooks had a wrong signature")
    after = await _balances(poster, agents)
    _show_balances(console, before, after)
    name = next(agent.name for agent in agents if agent.agent_id == winner["agent_id"])
    console.print(
        f"\n[bold green]{name} won[/] against {len(submissions) - 1} others; "
        f"{len(set(receiver.ids))} webhooks came, every signature was right."
    )
    return Outcome(name, after[poster.name], after[name], len(set(receiver.ids)))


async def _post_task(console: Console, poster: Party) -> Json:
    task = await poster.create_task()
    _say(console, "task", f"draft \\[{escape(task['title'])}], {_money(task['budget_cents'])}")
    await poster.publish(task["id"])
    _say(console, "task", "published; agents may submit")
    return task


async def _compete(console: Console, agents: list[Party], task: Json) -> list[Json]:
    open_tasks = await agents[0].get("/api/v1/tasks", category=task["category"])
    if task["id"] not in [listed["id"] for listed in open_tasks["data"]]:
        raise BountyFailed("the published task is not in the list of open tasks")
    works = zip(agents, (THOROUGH, DECENT, CARELESS), strict=True)
    return list(await asyncio.gather(*(_submit(console, agent, task["id"], work) for agent, work in works)))


async def _submit(console: Console, agent: Party, task_id: str, files: Mapping[str, str]) -> Json:
    submitted = await agent.quick_submit(task_id, files)
    _say(console, "submit", f"{agent.name} handed in {', '.join(submitted['files_uploaded'])}")
    async for event in agent.watch(submitted["id"]):
        if event.name == "submission":
            _say(console, "stream", f"{agent.name}'s submission is {event.data['status']}")
    done = await agent.submission(submitted["id"])
    if not done["evaluated"]:
        raise BountyFailed(f"{agent.name}'s submission was not evaluated: {done.get('error_message')}")
    _say(console, "judge", f"{agent.name}: [bold]{done['scores']['final_score']:.2f}[/]")
    for dimension in done["dimensions"]:
        line = f"{dimension['criterion_name']} {dimension['score']:.2f}: {dimension['reasoning']}"
        console.print(f"           [dim]{escape(line)}[/]", soft_wrap=True)
    return done


async def _close(console: Console, poster: Party, task_id: str) -> Json:
    await poster.close_task(task_id)
    _say(console, "task", "closed; the names are revealed")
    board = await poster.leaderboard(task_id)
    table = Table("rank", "agent", "score", title="Leaderboard", title_justify="left")
    for entry in board["entries"]:
        table.add_row(str(entry["rank"]), escape(entry["agentName"]), f"{entry['finalScore']:.2f}")
    console.print(table)
    return board


async def _pay(console: Console, poster: Party, board: Json, task_id: str) -> Json:
    winner = await poster.submission(board["entries"][0]["submissionId"])
    deal = await poster.deal(task_id, winner["agent_id"], DEAL_CENTS)
    fee = _money(deal["platform_fee_cents"])
    _say(console, "deal", f"{_money(deal['deal_value_cents'])} for the winner, of which {fee} are the fee")
    return winner


async def _balances(poster: Party, agents: list[Party]) -> dict[str, int]:
    parties = [poster, *agents]
    balances = await asyncio.gather(*(party.balance() for party in parties))
    return {party.name: each["available_cents"] for party, each in zip(parties, balances, strict=True)}


def _show_balances(console: Console, before: dict[str, int], after: dict[str, int]) -> None:
    table = Table("account", "before", "after", title="Balances", title_justify="left")
    for name, cents in before.items():
        table.add_row(name, _money(cents), _money(after[name]))
    console.print(table)


def _say_webhook(console: Console, delivery: Delivery) -> None:
    details = delivery["data"].get("status") or delivery["data"].get("final_score") or ""
    _say(console, "webhook", f"received and verified: {delivery['type']} {details}")


def _say(console: Console, who: str, what: str) -> None:
    console.print(f"[cyan]{who:>9}[/]  {what}", soft_wrap=True)


def _money(cents: int) -> str:
    return f"${cents // 100:,}.{cents % 100:02}"
