"""The journal: each line of an account holds a hash over itself and the line before it.

So nobody can change, leave out or slip in a line of the past without changing every later one of its account.
Chains go by account and not through the whole ledger, because accounts are locked anyway: transfers of
different accounts never wait for each other. No I/O, no clock.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from joust_wallet.ledger.rules import Transfer

GENESIS = bytes(32)
"""In place of the hash before an account's first line."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class JournalTransfer:
    """All that is written of a transfer beside its lines."""

    id: UUID
    idempotency_key: str
    kind: str
    cause: UUID
    fingerprint: bytes
    postings_count: int
    created_at: datetime

    @classmethod
    def of(cls, id: UUID, transfer: Transfer, created_at: datetime) -> "JournalTransfer":
        """A transfer as it is to be written."""
        return cls(
            id,
            transfer.idempotency_key,
            transfer.kind.value,
            transfer.cause,
            transfer.fingerprint,
            len(transfer.entries),
            created_at,
        )


@dataclass(frozen=True)
class JournalLine:
    """All that is written of a posting beside its transfer."""

    account_id: UUID
    account_version: int
    previous_balance_cents: int
    amount_cents: int
    balance_after_cents: int


def line_hash(previous: bytes, transfer: JournalTransfer, line: JournalLine) -> bytes:
    """SHA-256 over the hash of the account's line before, and over each stored field of this one.

    The migration that began the journal computes the same in SQL.
    """
    told: Iterable[object] = (
        "joust journal v1",
        previous.hex(),
        transfer.id,
        transfer.idempotency_key,
        transfer.kind,
        transfer.cause,
        transfer.fingerprint.hex(),
        transfer.postings_count,
        (transfer.created_at - _EPOCH) // timedelta(microseconds=1),
        line.account_id,
        line.account_version,
        line.previous_balance_cents,
        line.amount_cents,
        line.balance_after_cents,
    )
    return hashlib.sha256("\n".join(map(str, told)).encode()).digest()
