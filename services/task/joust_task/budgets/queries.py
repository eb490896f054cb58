"""What may be read of budgets, and by whom."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.budgets import BudgetView
from joust_contracts.vocabulary import BudgetStatus
from joust_kit.identity import Actor
from joust_task.budgets import repository
from joust_task.budgets.rules import CURRENCY
from joust_task.tasks.queries import get_task


async def get_budget(session: AsyncSession, actor: Actor, task_id: UUID) -> BudgetView:
    """The budget of a task that the actor may see. Raises ``TaskNotFound``."""
    task = await get_task(session, actor, task_id)
    budget = await repository.find(session, task_id)
    if budget is None:
        return BudgetView(status=BudgetStatus.UNFUNDED, amount_cents=task.budget_cents, currency=CURRENCY)
    return budget.view(for_owner=task.owner_id == actor.account_id)
