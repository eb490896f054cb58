"""The table of withdrawals."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, String, text
from sqlmodel import Field

from joust_contracts.internal.withdrawals import WithdrawalView
from joust_contracts.vocabulary import PayoutChain, PayoutMethod, WithdrawalStatus
from joust_kit.database.columns import cents, long_text, moment, one_of, word
from joust_wallet.base import Base
from joust_wallet.ledger.rules import Transfer
from joust_wallet.payouts.rules import Payout
from joust_wallet.withdrawals.providers import Outcome, Paid, PayoutOrder, Refused
from joust_wallet.withdrawals.rules import IN_FLIGHT, check_transition, hold_of, payout_of, reversal_of


class Withdrawal(Base, table=True):
    """Money that an account takes out, to where it was paid when it asked."""

    __tablename__ = "withdrawals"
    __table_args__ = (
        CheckConstraint(one_of("status", WithdrawalStatus), name="status"),
        CheckConstraint(one_of("payout_method", PayoutMethod), name="payout_method"),
        CheckConstraint(one_of("payout_chain", PayoutChain), name="payout_chain"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("(status IN ('paid', 'failed')) = (ended_at IS NOT NULL)", name="ended_has_moment"),
        CheckConstraint("(status = 'paid') = (provider_reference IS NOT NULL)", name="paid_has_reference"),
        CheckConstraint("(status = 'failed') = (failure_reason IS NOT NULL)", name="failed_has_reason"),
        CheckConstraint("(status = 'pending') = (attempts = 0)", name="pending_was_not_sent"),
        # serves an account's withdrawals, newest first
        Index("ix_withdrawals_newest", "account_id", text("created_at DESC"), text("id DESC")),
        # serves the auditor's sum of what is held for each account
        Index(
            "ix_withdrawals_in_flight",
            "account_id",
            "currency",
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    account_id: UUID
    amount_cents: int = cents()
    currency: str = Field(sa_column=Column(String(3), nullable=False))
    status: WithdrawalStatus = word(WithdrawalStatus)
    payout_method: PayoutMethod = word(PayoutMethod)
    payout_address: str = long_text()
    payout_chain: PayoutChain | None = word(PayoutChain, nullable=True)
    attempts: int = 0
    provider_reference: str | None = long_text(nullable=True)
    failure_reason: str | None = long_text(nullable=True)
    created_at: datetime = moment()
    ended_at: datetime | None = moment(nullable=True)

    @property
    def is_in_flight(self) -> bool:
        """True while nobody knows how it ends."""
        return self.status in IN_FLIGHT

    def hold(self) -> Transfer:
        """The transfer that sets it aside."""
        return hold_of(self.id, self.account_id, self.amount_cents, self.currency)

    def begin_attempt(self) -> PayoutOrder:
        """The provider is to be asked, for the same payout as before. Raises ``WithdrawalEnded``."""
        self._move_to(WithdrawalStatus.SENDING)
        self.attempts += 1
        destination = Payout(self.payout_method, self.payout_address, self.payout_chain)
        return PayoutOrder(str(self.id), self.amount_cents, self.currency, destination)

    def note(self, outcome: Outcome, now: datetime) -> Transfer | None:
        """Note the provider's answer; returns the transfer that follows. Raises ``WithdrawalEnded``."""
        if isinstance(outcome, Paid):
            self._move_to(WithdrawalStatus.PAID)
            self.provider_reference, self.ended_at = outcome.reference, now
            return payout_of(self.id, self.account_id, self.amount_cents, self.currency)
        if isinstance(outcome, Refused):
            self._move_to(WithdrawalStatus.FAILED)
            self.failure_reason, self.ended_at = outcome.reason, now
            return reversal_of(self.id, self.account_id, self.amount_cents, self.currency)
        self._move_to(WithdrawalStatus.UNKNOWN)
        return None

    def view(self) -> WithdrawalView:
        """The withdrawal as answers show it."""
        return WithdrawalView(**self.model_dump())

    def _move_to(self, status: WithdrawalStatus) -> None:
        check_transition(self.status, status)
        self.status = status
