"""Double entry as pure values: what a transfer is, and what it does to balances.

Money never comes into being: the entries of a transfer sum to 0 in each currency, and what comes from
outside is owed to an external account, the only kind that may be negative. All amounts are minor units.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Self
from uuid import UUID

from joust_contracts.vocabulary import TransferKind
from joust_wallet.ledger.errors import UnbalancedTransfer


class AccountKind(StrEnum):
    """What an account's balance stands for."""

    AVAILABLE = "available"
    """What an owner can spend."""
    HELD = "held"
    """What is set aside for a purpose and still the owner's."""
    PLATFORM_FEES = "platform_fees"
    EXTERNAL_FUNDING = "external_funding"
    """The world outside, as far as money came from it: minus the sum of all deposits."""
    EXTERNAL_PAYOUT = "external_payout"
    """The world outside, as far as money left to it."""


OWNED_KINDS = frozenset({AccountKind.AVAILABLE, AccountKind.HELD})
"""Kinds that an owner has; the others are the platform's, one for each currency."""
EXTERNAL_KINDS = frozenset({AccountKind.EXTERNAL_FUNDING, AccountKind.EXTERNAL_PAYOUT})
"""Kinds that may be negative."""


@lru_cache(maxsize=10_000)
def _account_id(owner_id: UUID | None, kind: AccountKind, currency: str) -> UUID:
    name = f"{owner_id or 'platform'}/{kind.value}/{currency}"
    return UUID(bytes=hashlib.sha256(name.encode()).digest()[:16])


@dataclass(frozen=True)
class AccountKey:
    """Names an account, which exists from its first transfer on."""

    owner_id: UUID | None
    kind: AccountKind
    currency: str

    def __post_init__(self) -> None:
        if (self.owner_id is not None) != (self.kind in OWNED_KINDS):
            raise ValueError(f"{self.kind.value} can't belong to {self.owner_id}")

    @property
    def id(self) -> UUID:
        """The account's id, the first half of its name's SHA-256: so all accounts that a transaction
        touches can be locked in the order of ids before any of them was read. The database checks it."""
        return _account_id(self.owner_id, self.kind, self.currency)

    @property
    def may_be_negative(self) -> bool:
        """True for the world outside."""
        return self.kind in EXTERNAL_KINDS


def owned_accounts(owner_id: UUID, currency: str) -> tuple[AccountKey, AccountKey]:
    """What an owner can spend, and what is set aside of it."""
    return (
        AccountKey(owner_id, AccountKind.AVAILABLE, currency),
        AccountKey(owner_id, AccountKind.HELD, currency),
    )


@dataclass(frozen=True)
class Entry:
    """A change of one account's balance."""

    account: AccountKey
    amount_cents: int


@dataclass(frozen=True)
class Transfer:
    """Money that moves as a whole or not at all.

    ``idempotency_key`` comes from what caused it, e.g. ``deal:<id>``: one key stands for one transfer.
    Raises ``UnbalancedTransfer`` unless the entries sum to 0 in each currency, each moves something, and no
    account is named twice.
    """

    idempotency_key: str
    kind: TransferKind
    cause: UUID
    """The deposit, the deal, or the posted work whose bounty it is."""
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        sums: dict[str, int] = {}
        for entry in self.entries:
            sums[entry.account.currency] = sums.get(entry.account.currency, 0) + entry.amount_cents
        if any(sums.values()) or not self.entries:
            raise UnbalancedTransfer(f"{self.idempotency_key} has the sums {sums}")
        if not all(entry.amount_cents for entry in self.entries):
            raise UnbalancedTransfer(f"{self.idempotency_key} has an entry of 0")
        if len({entry.account for entry in self.entries}) < len(self.entries):
            raise UnbalancedTransfer(f"{self.idempotency_key} names an account twice")

    @classmethod
    def of(
        cls, idempotency_key: str, kind: TransferKind, cause: UUID, changes: Iterable[tuple[AccountKey, int]]
    ) -> Self | None:
        """A transfer of these changes, those of one account added up; ``None`` if nothing would move."""
        sums: dict[AccountKey, int] = {}
        for account, amount_cents in changes:
            sums[account] = sums.get(account, 0) + amount_cents
        entries = tuple(Entry(account, amount) for account, amount in sums.items() if amount)
        return cls(idempotency_key, kind, cause, entries) if entries else None

    @classmethod
    def between(
        cls,
        idempotency_key: str,
        kind: TransferKind,
        cause: UUID,
        amount_cents: int,
        *,
        debit: AccountKey,
        credit: AccountKey,
    ) -> Self:
        """A transfer of ``amount_cents``, which is not 0, from one account to another."""
        return cls(idempotency_key, kind, cause, (Entry(debit, -amount_cents), Entry(credit, amount_cents)))

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the content; tells the same transfer again from another under its key."""
        lines = sorted(f"{entry.account.id}={entry.amount_cents}" for entry in self.entries)
        return hashlib.sha256("\n".join([self.kind.value, str(self.cause), *lines]).encode()).digest()
