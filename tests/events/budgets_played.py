"""Budgets of every kind of end, for the recording."""

from collections.abc import Callable

from joust_embedded.bounty.client import Json, Party
from joust_embedded.bounty.works import CARELESS, THOROUGH
from joust_embedded.stack import Stack
from tests.support.arena import Arena, eventually, submit_and_wait
from tests.support.reviews import review_passes

_BUDGET = 10_000
_CAP = 11_000


async def play_budgets(arena: Arena, stack: Stack) -> None:
    """One that is paid once its best two were compared, one that comes back, one that is covered late and whose
    review goes on, and two that are asked for with a capped key, of which the second is more than its cap."""
    funder = await arena.sign_up("Funder", cents=3 * _BUDGET)
    agents = [await arena.sign_up(name) for name in ("Cleo", "Dora")]
    paid = await _published(funder)
    await _compared(funder, paid, agents)
    await review_passes(stack, paid)
    await _budget_becomes(funder, paid, "paid")
    unwanted = await _published(funder)
    await funder.close_task(unwanted)
    await review_passes(stack, unwanted)
    await _budget_becomes(funder, unwanted, "released")
    await _covered_late(arena, agents)
    await _by_a_capped_key(funder)


async def _compared(owner: Party, task_id: str, agents: list[Party]) -> None:
    for agent, work in zip(agents, (CARELESS, THOROUGH), strict=True):
        await submit_and_wait(agent, task_id, work)
    await owner.close_task(task_id)
    await _seen(owner, task_id, lambda budget: budget["comparison"] is not None)


async def _covered_late(arena: Arena, agents: list[Party]) -> None:
    owner = await arena.sign_up("Late funder")
    task = await owner.create_task(escrow=True, budget_cents=_BUDGET)
    unpaid = await owner.http.post(f"/api/v1/tasks/{task['id']}/publish")
    assert unpaid.status_code == 402, unpaid.text
    await owner.deposit(_BUDGET)
    await owner.publish(task["id"])
    await _budget_becomes(owner, task["id"], "held")
    await _compared(owner, task["id"], agents)


async def _by_a_capped_key(owner: Party) -> None:
    made = await owner.post("/api/api-keys", {"name": "shopper", "total_spend_cap_cents": _CAP})
    headers = {"Authorization": f"Bearer {made['api_key']}"}
    for cents, status in ((_BUDGET, 200), (_CAP + 1, 402)):
        task = await owner.create_task(escrow=True, budget_cents=cents)
        answer = await owner.http.post(f"/api/v1/tasks/{task['id']}/publish", headers=headers)
        assert answer.status_code == status, answer.text


async def _published(owner: Party) -> str:
    task = await owner.create_task(escrow=True, budget_cents=_BUDGET, shares=[7_000, 3_000])
    await owner.publish(task["id"])
    await _budget_becomes(owner, task["id"], "held")
    return str(task["id"])


async def _budget_becomes(owner: Party, task_id: str, status: str) -> None:
    await _seen(owner, task_id, lambda budget: bool(budget["status"] == status))


async def _seen(owner: Party, task_id: str, is_so: Callable[[Json], bool]) -> None:
    async def is_there() -> bool:
        return is_so((await owner.get(f"/api/v1/tasks/{task_id}"))["budget"])

    await eventually(is_there)
