"""How a budget leaves the escrow once its task is closed: to the best ranks, or back to the owner.

It takes the end of the review window, the final ranks, and where a reader alone has made these a comparison
of the best two, whichever comes last. Each runs in the caller's transaction with the task locked. Twice, late
or in another order changes nothing.
"""

from collections.abc import Sequence
from uuid import UUID

from joust_contracts.events.pairwise_comparisons import PairwiseComparison
from joust_contracts.events.rankings import RankedEntry
from joust_contracts.vocabulary import BudgetStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_task.budgets import repository
from joust_task.budgets.models import Budget
from joust_task.budgets.rules import payees_of, refund_reason
from joust_task.competitors import repository as competitors
from joust_task.fundings.commands import request_payout, request_refund
from joust_task.tasks import repository as tasks
from joust_task.tasks.models import Task


async def take_ranks(unit: UnitOfWork, task: Task, version: int, ranks: Sequence[RankedEntry]) -> None:
    """These are the final ranks, as far as is known; a late result may bring others."""
    budget = await repository.lock(unit.session, task.id)
    if budget is not None and budget.take_ranks(version, ranks):
        await _settle_if_due(unit, task, budget)


async def take_comparison(unit: UnitOfWork, comparison: PairwiseComparison) -> None:
    """Two submissions were read side by side, or it is known that they will not be."""
    task = await tasks.lock(unit.session, comparison.task_id)
    budget = await repository.lock(unit.session, comparison.task_id)
    if task is not None and budget is not None and budget.take_comparison(comparison):
        await _settle_if_due(unit, task, budget)


async def settle_when_due(unit: UnitOfWork, task_id: UUID) -> None:
    """The review window is over. Without final ranks nothing happens: these settle it when they come."""
    task = await tasks.lock(unit.session, task_id)
    budget = await repository.lock(unit.session, task_id)
    if task is not None and budget is not None:
        await _settle_if_due(unit, task, budget)


async def _settle_if_due(unit: UnitOfWork, task: Task, budget: Budget) -> None:
    places = budget.places()
    if budget.status is not BudgetStatus.HELD or places is None:
        return
    if budget.settles_at is None or budget.settles_at > unit.now:
        return
    budget.become(BudgetStatus.SETTLING)
    payees = payees_of(places, task.shares)
    if payees:
        await request_payout(unit, task.id, payees)
        return
    counts = await competitors.counts(unit.session, [task.id])
    closed_early = task.closed_at is not None and task.closed_at < task.deadline
    reason = refund_reason(competitors=counts.get(task.id, 0), closed_early=closed_early)
    await request_refund(unit, task.id, reason)
