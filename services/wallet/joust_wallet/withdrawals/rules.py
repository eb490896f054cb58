"""Rules of a withdrawal. No I/O, no clock."""

from datetime import datetime
from uuid import UUID

from joust_contracts.vocabulary import PayoutMethod, TransferKind, WithdrawalStatus
from joust_wallet.ledger.rules import AccountKey, AccountKind, Transfer, owned_accounts
from joust_wallet.withdrawals.errors import PayoutNotVerified, WithdrawalEnded

_ONCE_SENT = frozenset(
    {WithdrawalStatus.SENDING, WithdrawalStatus.UNKNOWN, WithdrawalStatus.PAID, WithdrawalStatus.FAILED}
)
TRANSITIONS: dict[WithdrawalStatus, frozenset[WithdrawalStatus]] = {
    WithdrawalStatus.PENDING: frozenset({WithdrawalStatus.SENDING}),
    # A worker may die with the answer, and another ask meanwhile, always for the same payout: so any answer
    # may follow on any, until one is final.
    WithdrawalStatus.SENDING: _ONCE_SENT,
    WithdrawalStatus.UNKNOWN: _ONCE_SENT,
    WithdrawalStatus.PAID: frozenset(),
    WithdrawalStatus.FAILED: frozenset(),
}

IN_FLIGHT = frozenset({WithdrawalStatus.PENDING, WithdrawalStatus.SENDING, WithdrawalStatus.UNKNOWN})
"""While it is held."""


def check_transition(now: WithdrawalStatus, then: WithdrawalStatus) -> None:
    """Raises ``WithdrawalEnded`` if a withdrawal in status ``now`` can't go to ``then``."""
    if then not in TRANSITIONS[now]:
        raise WithdrawalEnded(status=now.value)


def check_verified(method: PayoutMethod, verified_at: datetime | None) -> None:
    """Raises ``PayoutNotVerified`` for an address that nobody proved to own (design, section 6)."""
    if method is PayoutMethod.ONCHAIN_USDC and verified_at is None:
        raise PayoutNotVerified()


def hold_of(withdrawal_id: UUID, account_id: UUID, amount_cents: int, currency: str) -> Transfer:
    """The transfer that sets the amount aside while it is on its way."""
    purse, held = owned_accounts(account_id, currency)
    key = f"withdrawal:{withdrawal_id}"
    return Transfer.between(
        key, TransferKind.WITHDRAWAL, withdrawal_id, amount_cents, debit=purse, credit=held
    )


def payout_of(withdrawal_id: UUID, account_id: UUID, amount_cents: int, currency: str) -> Transfer:
    """The transfer that notes that the world outside has it."""
    _, held = owned_accounts(account_id, currency)
    outside = AccountKey(None, AccountKind.EXTERNAL_PAYOUT, currency)
    key, kind = _end_key(withdrawal_id), TransferKind.WITHDRAWAL_PAYOUT
    return Transfer.between(key, kind, withdrawal_id, amount_cents, debit=held, credit=outside)


def reversal_of(withdrawal_id: UUID, account_id: UUID, amount_cents: int, currency: str) -> Transfer:
    """The transfer that gives it back."""
    purse, held = owned_accounts(account_id, currency)
    key, kind = _end_key(withdrawal_id), TransferKind.WITHDRAWAL_REVERSAL
    return Transfer.between(key, kind, withdrawal_id, amount_cents, debit=held, credit=purse)


def _end_key(withdrawal_id: UUID) -> str:
    """One key for payout and reversal: the unique constraint lets one of them happen."""
    return f"withdrawal-end:{withdrawal_id}"
