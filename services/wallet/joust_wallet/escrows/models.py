"""The table of escrows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, String, text
from sqlmodel import Field

from joust_contracts.events.escrows import EscrowSnapshot, Payout
from joust_contracts.events.fundings import FundingSnapshot
from joust_contracts.vocabulary import EscrowStatus, PostedKind, RefundReason, RejectionReason
from joust_kit.database.columns import cents, document, moment, one_of, word
from joust_wallet.base import Base
from joust_wallet.escrows.rules import hold_of, payout_of, refund_of
from joust_wallet.ledger.rules import Transfer


class Escrow(Base, table=True):
    """The money of one task, competition or drop; ``id`` is the subject's."""

    __tablename__ = "escrows"
    __table_args__ = (
        CheckConstraint(one_of("kind", PostedKind), name="kind"),
        CheckConstraint(one_of("status", EscrowStatus), name="status"),
        CheckConstraint(one_of("refund_reason", RefundReason), name="refund_reason"),
        CheckConstraint(one_of("rejection_reason", RejectionReason), name="rejection_reason"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("status NOT IN ('held', 'paid') OR held_at IS NOT NULL", name="held_has_moment"),
        CheckConstraint("(status IN ('paid', 'released')) = (ended_at IS NOT NULL)", name="ended_has_moment"),
        CheckConstraint("(status = 'rejected') = (available_cents IS NOT NULL)", name="rejected_tells_why"),
        # Those that were rejected before reasons were known have none.
        CheckConstraint(
            "status = 'rejected' OR rejection_reason IS NULL", name="only_rejected_has_rejection_reason"
        ),
        CheckConstraint("(status = 'released') = (refund_reason IS NOT NULL)", name="released_tells_why"),
        # All that was held goes back, or nothing if nothing was held.
        CheckConstraint(
            "released_cents = CASE WHEN status = 'released' AND held_at IS NOT NULL "
            "THEN amount_cents ELSE 0 END",
            name="released_whole",
        ),
        # serves the auditor's sum of what is held for each payer
        Index("ix_escrows_held", "payer_id", "currency", postgresql_where=text("status = 'held'")),
    )

    id: UUID = Field(primary_key=True)
    version: int = 0
    funding_version: int = 0
    kind: PostedKind = word(PostedKind)
    payer_id: UUID
    amount_cents: int = cents()
    currency: str = Field(sa_column=Column(String(3), nullable=False))
    status: EscrowStatus = word(EscrowStatus)
    available_cents: int | None = cents(nullable=True)
    rejection_reason: RejectionReason | None = word(RejectionReason, nullable=True)
    payouts: list[dict[str, Any]] = document()
    refund_reason: RefundReason | None = word(RefundReason, nullable=True)
    released_cents: int = cents()
    created_at: datetime = moment()
    held_at: datetime | None = moment(nullable=True)
    ended_at: datetime | None = moment(nullable=True)

    @classmethod
    def before_any_wish(cls, funding: FundingSnapshot, now: datetime) -> Self:
        """An escrow of which nothing was told yet: nothing is held."""
        return cls(
            id=funding.subject_id,
            **funding.model_dump(include={"kind", "payer_id", "amount_cents", "currency"}),
            status=EscrowStatus.REJECTED,
            available_cents=0,
            payouts=[],
            released_cents=0,
            created_at=now,
        )

    def take(self, funding: FundingSnapshot) -> bool:
        """Note a wish; false if one as new is known. The amount may change until it is held."""
        if funding.version <= self.funding_version:
            return False
        self.funding_version = funding.version
        if self.status is EscrowStatus.REJECTED:
            self.payer_id, self.amount_cents = funding.payer_id, funding.amount_cents
            self.currency, self.kind = funding.currency, funding.kind
        return True

    @property
    def is_held(self) -> bool:
        """True while the money is set aside."""
        return self.status is EscrowStatus.HELD

    def hold(self) -> Transfer:
        """The transfer that sets the amount aside."""
        return hold_of(self.id, self.payer_id, self.amount_cents, self.currency)

    def payout(self, payouts: Sequence[Payout]) -> Transfer:
        """The transfer that pays it."""
        return payout_of(self.id, self.payer_id, payouts, self.currency)

    def refund(self) -> Transfer:
        """The transfer that gives it back."""
        return refund_of(self.id, self.payer_id, self.amount_cents, self.currency)

    def become_held(self, now: datetime) -> None:
        """The amount was set aside."""
        self._leave_rejected(EscrowStatus.HELD)
        self.held_at = now

    def become_rejected(self, available_cents: int, reason: RejectionReason) -> None:
        """The payer has no more than ``available_cents``, or may spend no more."""
        self.status, self.available_cents = EscrowStatus.REJECTED, available_cents
        self.rejection_reason = reason

    def become_paid(self, payouts: Sequence[Payout], now: datetime) -> None:
        """The payees have it."""
        self.payouts = [payout.model_dump(mode="json") for payout in payouts]
        self._leave_rejected(EscrowStatus.PAID)
        self.ended_at = now

    def become_released(self, reason: RefundReason, now: datetime) -> None:
        """The payer has it again, as far as it was held."""
        self.released_cents = self.amount_cents if self.is_held else 0
        self.refund_reason = reason
        self._leave_rejected(EscrowStatus.RELEASED)
        self.ended_at = now

    def _leave_rejected(self, status: EscrowStatus) -> None:
        self.status, self.available_cents, self.rejection_reason = status, None, None

    def snapshot(self) -> EscrowSnapshot:
        """The escrow as events show it."""
        return EscrowSnapshot.model_validate(self.model_dump())
