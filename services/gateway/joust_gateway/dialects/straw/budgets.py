"""Budgets of tasks with escrow: waiting for the wallet at publish, and telling where they are."""

import asyncio
from typing import Any
from uuid import UUID

from joust_contracts.internal.budgets import BudgetView
from joust_contracts.internal.tasks import TaskView
from joust_contracts.refusals.budgets import BUDGET_NOT_COVERED, BUDGET_OVER_CAP
from joust_contracts.vocabulary import BudgetStatus, RejectionReason, TaskStatus
from joust_gateway.clients.call import Call
from joust_gateway.dialects.straw import examples
from joust_gateway.dialects.straw.schemas.tasks import Budget, Task
from joust_gateway.resources import Resources
from joust_kit.errors import JoustError

_LOOK_AGAIN_SECONDS = 0.5
"""In case an event was missed."""
WAITS = {
    "model": Task,
    "description": "The wallet has not answered yet; the task opens when it holds the budget.",
    "content": {"application/json": {"example": examples.WAITING_TASK}},
}
"""What publishing answers with 202."""


class BudgetNotCovered(JoustError, says=BUDGET_NOT_COVERED):
    """``details`` say what is required, what is available and for what reason that is all."""


async def read_budget(call: Call, task: TaskView, resources: Resources) -> Budget | None:
    """The task's budget, if it has escrow. Raises what the task service refuses with."""
    if not task.escrow:
        return None
    return _shown(await resources.services.tasks.budget(call, task.id))


async def wait_for_budget(call: Call, task: TaskView, resources: Resources) -> tuple[TaskView, Budget | None]:
    """A task that was just published, once its budget is held, or as it is when the time is over.

    Raises ``BudgetNotCovered``, or ``Unavailable`` if too many wait.
    """
    if task.status is not TaskStatus.DRAFT:
        return task, await read_budget(call, task, resources)
    budget = await _answered(call, task.id, resources)
    if budget.status is BudgetStatus.REJECTED:
        raise _not_covered(budget)
    if budget.status is not BudgetStatus.PENDING:
        task = await resources.services.tasks.get(call, task.id)
    return task, _shown(budget)


async def _answered(call: Call, task_id: UUID, resources: Resources) -> BudgetView:
    clock = asyncio.get_running_loop().time
    ends_at = clock() + resources.settings.outcome_wait_seconds
    # Listens before the first look, so that no change falls between the two.
    with resources.hub.listen(task_id) as listener:
        budget = await resources.services.tasks.budget(call, task_id)
        while budget.status is BudgetStatus.PENDING and not listener.must_end and clock() < ends_at:
            await listener.wait(min(_LOOK_AGAIN_SECONDS, ends_at - clock()))
            budget = await resources.services.tasks.budget(call, task_id)
        return budget


def _not_covered(budget: BudgetView) -> BudgetNotCovered:
    is_capped = budget.rejection_reason is RejectionReason.SPEND_CAP_EXCEEDED
    return BudgetNotCovered(
        BUDGET_OVER_CAP.message if is_capped else None,
        required=budget.amount_cents,
        available=budget.available_cents,
        reason=budget.rejection_reason,
    )


def _shown(budget: BudgetView) -> Budget:
    fields: dict[str, Any] = budget.model_dump()
    return Budget(**fields)
