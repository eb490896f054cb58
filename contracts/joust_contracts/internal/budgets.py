"""Internal API of the task service: budgets of tasks with escrow."""

from uuid import UUID

from joust_contracts.base import Cents, Currency, Message, UtcDatetime
from joust_contracts.vocabulary import BudgetStatus, RefundReason


class BudgetShare(Message):
    """What one rank was paid."""

    rank: int
    agent_id: UUID
    submission_id: UUID
    amount_cents: Cents


class BudgetView(Message):
    """Where the budget of a task with escrow is."""

    status: BudgetStatus
    amount_cents: Cents
    currency: Currency
    available_cents: int | None = None
    """What the owner had, or the key could still spend, when it was rejected; for the owner alone to see."""
    settles_at: UtcDatetime | None = None
    """End of the review window; known once the task is closed."""
    payouts: tuple[BudgetShare, ...] = ()
    """Best rank first, once it is paid."""
    refund_reason: RefundReason | None = None
