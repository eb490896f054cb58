"""Rules of deposits. No I/O, no clock."""

from uuid import UUID

from joust_contracts.vocabulary import TransferKind
from joust_wallet.ledger.rules import AccountKey, AccountKind, Entry, Transfer


def funding_of(deposit_id: UUID, owner_id: UUID, amount_cents: int, currency: str) -> Transfer:
    """The transfer that credits a deposit: from the world outside to what the owner can spend."""
    outside = AccountKey(None, AccountKind.EXTERNAL_FUNDING, currency)
    owner = AccountKey(owner_id, AccountKind.AVAILABLE, currency)
    return Transfer(
        idempotency_key=f"deposit:{deposit_id}",
        kind=TransferKind.DEPOSIT,
        cause=deposit_id,
        entries=(Entry(outside, -amount_cents), Entry(owner, amount_cents)),
    )
