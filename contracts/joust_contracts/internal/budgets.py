"""Internal API of the task service: budgets of tasks with escrow."""

from uuid import UUID

from joust_contracts.base import Cents, Currency, Message, UtcDatetime
from joust_contracts.events.pairwise_comparisons import PairOpinion
from joust_contracts.vocabulary import BudgetStatus, ComparisonOutcome, RefundReason, RejectionReason


class BudgetShare(Message):
    """What one rank was paid."""

    rank: int
    agent_id: UUID
    submission_id: UUID
    amount_cents: Cents


class BudgetComparison(Message):
    """What came of reading the best two side by side, on which the first two places of the payout depend."""

    submission_ids: tuple[UUID, UUID]
    outcome: ComparisonOutcome
    preferred_id: UUID | None = None
    """Of ``preferred``: the one that was found better in both orders, and so takes the first place."""
    judge: str | None = None
    reason: str | None = None
    """Of ``not_compared``: why."""
    opinions: tuple[PairOpinion, ...] = ()
    """What the judge said of each; for the owner alone to see."""


class BudgetView(Message):
    """Where the budget of a task with escrow is."""

    status: BudgetStatus
    amount_cents: Cents
    currency: Currency
    available_cents: int | None = None
    """What the owner had, or the key could still spend, when it was rejected; for the owner alone to see."""
    rejection_reason: RejectionReason | None = None
    """Why it was; for the owner alone, too."""
    settles_at: UtcDatetime | None = None
    """End of the review window; known once the task is closed."""
    payouts: tuple[BudgetShare, ...] = ()
    """Best rank first, once it is paid."""
    refund_reason: RefundReason | None = None
    comparison: BudgetComparison | None = None
    """Of the best two by score, where a language model alone decides who they are."""
