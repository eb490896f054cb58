"""Asking for a task's budget, what the wallet's answers mean to the task, and the review after its close.

Each runs in the caller's transaction, which the edge commits, and locks the task before its budget.
"""

from datetime import timedelta

from joust_contracts.events.escrows import EscrowSnapshot
from joust_contracts.vocabulary import BudgetStatus, EscrowStatus, PostedKind
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_task.budgets import repository
from joust_task.budgets.models import Budget
from joust_task.budgets.rules import CURRENCY, compares_best
from joust_task.budgets.timers import SettleBudget, settle_budget
from joust_task.fundings.commands import request_funding
from joust_task.fundings.rules import Subject
from joust_task.tasks import repository as tasks
from joust_task.tasks.models import Task
from joust_task.tasks.opening import open_task

_STATUSES = {
    EscrowStatus.HELD: BudgetStatus.HELD,
    EscrowStatus.REJECTED: BudgetStatus.REJECTED,
    EscrowStatus.PAID: BudgetStatus.PAID,
    EscrowStatus.RELEASED: BudgetStatus.RELEASED,
}


async def ask_for_budget(
    unit: UnitOfWork, actor: Actor, task: Task, digest: str | None, review: timedelta
) -> None:
    """Have the budget of a locked draft held, unless that was asked for and is not answered yet.

    The draft stays as it is until then. ``digest``: of the image that will judge.
    """
    budget = await repository.lock(unit.session, task.id)
    if budget is None:
        budget = Budget(
            task_id=task.id,
            status=BudgetStatus.UNFUNDED,
            amount_cents=task.budget_cents,
            currency=CURRENCY,
            review_seconds=0,
            comparisons=[],
            payouts=[],
        )
        unit.session.add(budget)
    elif budget.status is BudgetStatus.PENDING:
        return
    budget.become(BudgetStatus.PENDING)
    budget.amount_cents, budget.eval_image_digest = task.budget_cents, digest
    budget.review_seconds = int(review.total_seconds())
    budget.compares_best = compares_best(
        task.eval_mode, task.test_weight, has_tests=task.test_suite is not None
    )
    task.awaits_budget = True
    subject = Subject(task.id, PostedKind.TASK, task.owner_id)
    funding = await request_funding(unit, subject, task.budget_cents, CURRENCY, spender=actor.spender)
    budget.funding_version = funding.version


async def take_answer(unit: UnitOfWork, escrow: EscrowSnapshot) -> None:
    """Open the task whose budget is held, or note what was missing or what became of it."""
    if escrow.kind is not PostedKind.TASK:
        return
    task = await tasks.lock(unit.session, escrow.id)
    budget = await repository.lock(unit.session, escrow.id)
    if task is None or budget is None or escrow.version <= budget.escrow_version:
        return
    budget.escrow_version = escrow.version
    is_of_the_last_wish = escrow.funding_version >= budget.funding_version
    then = _STATUSES[escrow.status]
    if then in {BudgetStatus.HELD, BudgetStatus.REJECTED}:
        if budget.status is not BudgetStatus.PENDING or not is_of_the_last_wish:
            return
        task.awaits_budget = False
    budget.become(then, escrow)
    if then is BudgetStatus.HELD:
        await open_task(unit, task, budget.eval_image_digest)


async def begin_review(unit: UnitOfWork, task: Task) -> None:
    """The task was closed just now: its budget settles when the window is over."""
    budget = await repository.lock(unit.session, task.id)
    if budget is None:
        return
    budget.settles_at = unit.now + timedelta(seconds=budget.review_seconds)
    await unit.schedule(
        settle_budget, SettleBudget(task_id=task.id), at=budget.settles_at, timer_id=str(task.id)
    )
