"""Rules of deposits. No I/O, no clock."""

from uuid import UUID

from joust_contracts.vocabulary import TransferKind
from joust_wallet.ledger.rules import AccountKey, AccountKind, Transfer


def funding_of(deposit_id: UUID, owner_id: UUID, amount_cents: int, currency: str) -> Transfer:
    """The transfer that credits a deposit: from the world outside to what the owner can spend."""
    outside = AccountKey(None, AccountKind.EXTERNAL_FUNDING, currency)
    owner = AccountKey(owner_id, AccountKind.AVAILABLE, currency)
    key = f"deposit:{deposit_id}"
    return Transfer.between(key, TransferKind.DEPOSIT, deposit_id, amount_cents, debit=outside, credit=owner)
