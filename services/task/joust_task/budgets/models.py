"""The table of budgets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, String
from sqlmodel import Field

from joust_contracts.events.escrows import EscrowSnapshot
from joust_contracts.events.pairwise_comparisons import PairwiseComparison
from joust_contracts.events.rankings import RankedEntry
from joust_contracts.internal.budgets import BudgetComparison, BudgetShare, BudgetView
from joust_contracts.vocabulary import BudgetStatus, RefundReason, RejectionReason
from joust_kit.database.columns import cents, document, long_text, moment, one_of, word
from joust_task.base import Base
from joust_task.budgets.rules import check_transition, comparison_of, paid_order


class Budget(Base, table=True):
    """The budget of one task with escrow, since it was first asked for."""

    __tablename__ = "budgets"
    __table_args__ = (
        CheckConstraint(one_of("status", BudgetStatus), name="status"),
        CheckConstraint(one_of("refund_reason", RefundReason), name="refund_reason"),
        CheckConstraint(one_of("rejection_reason", RejectionReason), name="rejection_reason"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("review_seconds >= 0", name="review_not_negative"),
        CheckConstraint("(status = 'rejected') = (available_cents IS NOT NULL)", name="rejected_tells_why"),
        CheckConstraint("(status = 'released') = (refund_reason IS NOT NULL)", name="released_tells_why"),
        CheckConstraint(
            "status NOT IN ('settling', 'paid', 'released') "
            "OR (settles_at IS NOT NULL AND ranks IS NOT NULL)",
            name="settled_by_ranks_after_review",
        ),
    )

    task_id: UUID = Field(primary_key=True)
    status: BudgetStatus = word(BudgetStatus)
    amount_cents: int = cents()
    currency: str = Field(sa_column=Column(String(3), nullable=False))
    eval_image_digest: str | None = long_text(nullable=True)
    """The image that the task will have once it opens, as it was looked up when the budget was asked for."""
    review_seconds: int
    """From the close until the payout, as it was promised when the task was published."""
    funding_version: int = 0
    escrow_version: int = 0
    ranks_version: int = 0
    available_cents: int | None = cents(nullable=True)
    rejection_reason: RejectionReason | None = word(RejectionReason, nullable=True)
    ranks: list[dict[str, Any]] | None = document(nullable=True)
    """The final ranks that were told last; ``None`` before."""
    settles_at: datetime | None = moment(nullable=True)
    compares_best: bool = False
    """The best two are read side by side before it settles; fixed when the task was published."""
    comparisons: list[dict[str, Any]] = document()
    """Of pairs that were the best two at some time, as they were told."""
    payouts: list[dict[str, Any]] = document()
    refund_reason: RefundReason | None = word(RefundReason, nullable=True)

    def become(self, status: BudgetStatus, escrow: EscrowSnapshot | None = None) -> None:
        """Change the status, as the wallet says if it does. Raises ``BudgetSettled``."""
        check_transition(self.status, status)
        self.status = status
        self.available_cents = self.rejection_reason = None
        if escrow is not None:
            self.available_cents, self.rejection_reason = escrow.available_cents, escrow.rejection_reason
            self.payouts = [payout.model_dump(mode="json") for payout in escrow.payouts]
            self.refund_reason = escrow.refund_reason

    def take_ranks(self, version: int, ranks: Sequence[RankedEntry]) -> bool:
        """Note final ranks; false if newer ones are known, or it is too late."""
        if version <= self.ranks_version or self.status is not BudgetStatus.HELD:
            return False
        self.ranks_version = version
        self.ranks = [entry.model_dump(mode="json") for entry in ranks]
        return True

    def take_comparison(self, comparison: PairwiseComparison) -> bool:
        """Note what came of comparing a pair; false if that is known, or it is too late."""
        known = {each.id for each in self._compared()}
        if comparison.id in known or self.status is not BudgetStatus.HELD:
            return False
        # a new list, for one that was changed in place would not be written
        self.comparisons = [*self.comparisons, comparison.model_dump(mode="json")]
        return True

    def places(self) -> tuple[RankedEntry, ...] | None:
        """Who is paid, best first; ``None`` if that is not known yet."""
        if self.ranks is None:
            return None
        ranks = self._ranked()
        return paid_order(ranks, self._compared()) if self.compares_best else ranks

    def _ranked(self) -> tuple[RankedEntry, ...]:
        return tuple(map(RankedEntry.model_validate, self.ranks or ()))

    def _compared(self) -> tuple[PairwiseComparison, ...]:
        return tuple(map(PairwiseComparison.model_validate, self.comparisons))

    def _shown_comparison(self, *, for_owner: bool) -> BudgetComparison | None:
        found = comparison_of(self._ranked(), self._compared())
        if found is None:
            return None
        fields = found.model_dump(include=set(BudgetComparison.model_fields) - {"opinions"})
        return BudgetComparison(opinions=found.opinions if for_owner else (), **fields)

    def view(self, *, for_owner: bool) -> BudgetView:
        """The budget as it is shown."""
        return BudgetView(
            status=self.status,
            amount_cents=self.amount_cents,
            currency=self.currency,
            available_cents=self.available_cents if for_owner else None,
            rejection_reason=self.rejection_reason if for_owner else None,
            settles_at=self.settles_at,
            payouts=tuple(map(BudgetShare.model_validate, self.payouts)),
            refund_reason=self.refund_reason,
            comparison=self._shown_comparison(for_owner=for_owner),
        )
