"""A task with escrow, over the public API: held at publish, paid by its ranks at the end, or given back."""

import asyncio

from joust_embedded.bounty.client import Json, Party
from joust_embedded.bounty.works import CARELESS, THOROUGH
from tests.support.arena import Arena, eventually, submit_and_wait


async def budget_becomes(reader: Party, task_id: str, status: str) -> Json:
    """The task's budget once it is there."""

    async def is_there() -> bool:
        return bool((await reader.get(f"/api/v1/tasks/{task_id}"))["budget"]["status"] == status)

    await eventually(is_there)
    return dict((await reader.get(f"/api/v1/tasks/{task_id}"))["budget"])


async def test_the_best_two_are_paid_their_shares_without_anyones_consent(arena: Arena) -> None:
    poster = await arena.sign_up("Funder", cents=10_000)
    agents = [await arena.sign_up(name) for name in ("Ada", "Bob")]
    task = await poster.create_task(escrow=True, shares=[7_500, 2_500], budget_cents=10_001)
    missing = await poster.http.post(f"/api/v1/tasks/{task['id']}/publish")
    error = missing.json()["error"]
    assert (missing.status_code, error["code"]) == (402, "PAYMENT_REQUIRED")
    reason = "insufficient_balance"
    assert error["details"] == {"required": 10_001, "available": 10_000, "reason": reason}

    await poster.deposit(1)
    opened = await poster.publish(task["id"])
    assert (opened["status"], opened["shares"], opened["budget"]["status"]) == (
        "open",
        [7_500, 2_500],
        "held",
    )
    assert (await poster.balance())["held_cents"] == 10_001
    works = zip(agents, (THOROUGH, CARELESS), strict=True)
    await asyncio.gather(*(submit_and_wait(agent, task["id"], work) for agent, work in works))
    closed = await asyncio.gather(*(poster.http.post(f"/api/v1/tasks/{task['id']}/close") for _ in range(2)))
    assert sorted(answer.status_code for answer in closed) == [200, 409]

    budget = await budget_becomes(agents[1], task["id"], "paid")
    assert [payout["amount_cents"] for payout in budget["payouts"]] == [7_501, 2_500]
    assert budget["comparison"]["outcome"] == "not_compared", "no language model judges here"
    balances = [(await party.balance())["available_cents"] for party in (poster, *agents)]
    assert balances == [0, 7_501, 2_500]
    assert (await poster.balance())["held_cents"] == 0


async def test_a_budget_for_which_nobody_worked_comes_back(arena: Arena) -> None:
    poster = await arena.sign_up("Funder", cents=10_000)
    task = await arena.open_task(poster, escrow=True, budget_cents=10_000)
    assert (await poster.balance())["available_cents"] == 0
    await poster.close_task(task["id"])
    budget = await budget_becomes(poster, task["id"], "released")
    assert budget["refund_reason"] == "cancelled"
    assert (await poster.balance())["available_cents"] == 10_000
