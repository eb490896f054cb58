"""Internal API of budgets."""

from uuid import UUID

from fastapi import APIRouter

from joust_contracts.internal.budgets import BudgetView
from joust_kit.errors import Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, Reading, TransactionalRoute
from joust_task.budgets import queries
from joust_task.tasks.errors import TaskNotFound

router = APIRouter(
    prefix="/internal/tasks", route_class=TransactionalRoute, responses=responses(Unauthorized)
)


@router.get("/{task_id}/budget", responses=responses(TaskNotFound))
async def get_budget(task_id: UUID, actor: CurrentActor, session: Reading) -> BudgetView:
    """Read where a task's budget is."""
    return await queries.get_budget(session, actor, task_id)
