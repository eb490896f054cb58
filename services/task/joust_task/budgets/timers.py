"""The end of the review window as a durable timer."""

from uuid import UUID

from joust_contracts.base import Command
from joust_kit.failpoints import failpoint
from joust_kit.jobs import JobContext, job
from joust_task.budgets import settling


class SettleBudget(Command):
    """The task whose budget settles."""

    task_id: UUID


@job(SettleBudget, queue="settle_budget", max_attempts=1000)
async def settle_budget(body: SettleBudget, context: JobContext) -> None:
    """Have the budget paid or given back. Running twice changes nothing."""
    async with context.database.transaction() as unit:
        await settling.settle_when_due(unit, body.task_id)
    if __debug__:
        failpoint("after_budget_settled_before_its_timer_is_done")
