"""Deeds that follow on what the wallet and the judge tell of budgets."""

from joust_contracts.events import (
    EscrowSnapshotEvent,
    Event,
    FundsHeld,
    FundsRejected,
    FundsReleased,
    PairwiseComparisonCompleted,
    PairwiseComparisonSnapshotEvent,
    PayoutMade,
)
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_task.budgets.commands import take_answer
from joust_task.budgets.settling import take_comparison


@handles(FundsHeld)
async def open_task_on_funds_held(event: Event[FundsHeld], unit: UnitOfWork) -> None:
    """Its budget is set aside, so agents may work for it."""
    await take_answer(unit, event.data.escrow)


@handles(FundsRejected)
async def note_missing_budget_on_funds_rejected(event: Event[FundsRejected], unit: UnitOfWork) -> None:
    """The task stays a draft; say what its owner's balance lacks."""
    await take_answer(unit, event.data.escrow)


@handles(PayoutMade)
async def note_payouts_on_payout_made(event: Event[PayoutMade], unit: UnitOfWork) -> None:
    """The best ranks have their shares."""
    await take_answer(unit, event.data.escrow)


@handles(FundsReleased)
async def note_refund_on_funds_released(event: Event[FundsReleased], unit: UnitOfWork) -> None:
    """The owner has the budget again."""
    await take_answer(unit, event.data.escrow)


@handles(EscrowSnapshotEvent)
async def take_answer_about_budget_on_escrow_snapshot(
    event: Event[EscrowSnapshotEvent], unit: UnitOfWork
) -> None:
    """Learn an answer that the topics may have lost."""
    await take_answer(unit, event.data.escrow)


@handles(PairwiseComparisonCompleted)
async def settle_budget_on_pairwise_comparison_completed(
    event: Event[PairwiseComparisonCompleted], unit: UnitOfWork
) -> None:
    """Who of the best two is ahead is known now; after the review that settles the budget."""
    await take_comparison(unit, event.data.comparison)


@handles(PairwiseComparisonSnapshotEvent)
async def settle_budget_on_pairwise_comparison_snapshot(
    event: Event[PairwiseComparisonSnapshotEvent], unit: UnitOfWork
) -> None:
    """Learn an outcome that the topics may have lost."""
    await take_comparison(unit, event.data.comparison)
