"""The open book: locked accounts in memory, on which transfers are entered before they are written.

Pure: it decides whether money is there, and computes every line of the ledger. ``commands`` opens it on
accounts that the transaction holds locked, and writes what was entered.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from joust_wallet.ledger.errors import InsufficientFunds, TransferConflict
from joust_wallet.ledger.journal import GENESIS, JournalLine, JournalTransfer, line_hash
from joust_wallet.ledger.rules import AccountKey, Transfer


@dataclass(frozen=True)
class AccountState:
    """An account's balance after its ``version`` postings."""

    balance_cents: int
    version: int


@dataclass(frozen=True)
class KnownTransfer:
    """A transfer that was made before."""

    id: UUID
    fingerprint: bytes


@dataclass(frozen=True)
class Line:
    """A posting that is to be written."""

    transfer_id: UUID
    account_id: UUID
    amount_cents: int
    previous: AccountState
    after: AccountState

    @property
    def written(self) -> JournalLine:
        """The line as it is to be written."""
        return JournalLine(
            self.account_id,
            self.after.version,
            self.previous.balance_cents,
            self.amount_cents,
            self.after.balance_cents,
        )


@dataclass
class Book:
    """Accounts under lock, and what was entered since."""

    accounts: dict[UUID, AccountState]
    known: dict[str, KnownTransfer]
    """Transfers that exist, by idempotency key."""
    entered: list[tuple[UUID, Transfer]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    heads: dict[UUID, bytes] = field(default_factory=dict)
    """Hash of the newest line of each account that has one."""

    def balance_of(self, account: AccountKey) -> int:
        """What a locked account holds, with what was entered."""
        return self._state(account).balance_cents

    def covers(self, transfer: Transfer) -> bool:
        """True if the transfer would leave no account below 0 that may not be."""
        return all(
            entry.amount_cents > 0
            or entry.account.may_be_negative
            or self._state(entry.account).balance_cents + entry.amount_cents >= 0
            for entry in transfer.entries
        )

    def enter(self, transfer: Transfer, transfer_id: UUID) -> UUID:
        """Enter a transfer; returns its id, which is the first one's if the same was made before.

        Raises ``TransferConflict`` if another was made under its key, ``InsufficientFunds`` if it isn't
        covered; then nothing was entered.
        """
        if (known := self.known.get(transfer.idempotency_key)) is not None:
            if known.fingerprint != transfer.fingerprint:
                raise TransferConflict(idempotency_key=transfer.idempotency_key)
            return known.id
        if not self.covers(transfer):
            raise InsufficientFunds()
        for entry in transfer.entries:
            previous = self._state(entry.account)
            after = AccountState(previous.balance_cents + entry.amount_cents, previous.version + 1)
            self.accounts[entry.account.id] = after
            self.lines.append(Line(transfer_id, entry.account.id, entry.amount_cents, previous, after))
        self.entered.append((transfer_id, transfer))
        self.known[transfer.idempotency_key] = KnownTransfer(transfer_id, transfer.fingerprint)
        return transfer_id

    def changed(self) -> dict[UUID, AccountState]:
        """Accounts that entered transfers touched, as they are now."""
        return {line.account_id: self.accounts[line.account_id] for line in self.lines}

    def hashes(self, written_at: datetime) -> list[bytes]:
        """The hash of each entered line, once it is known when they are written."""
        transfers = {id: JournalTransfer.of(id, transfer, written_at) for id, transfer in self.entered}
        heads, hashes = dict(self.heads), []
        for line in self.lines:
            previous = heads.get(line.account_id, GENESIS)
            heads[line.account_id] = line_hash(previous, transfers[line.transfer_id], line.written)
            hashes.append(heads[line.account_id])
        return hashes

    def _state(self, account: AccountKey) -> AccountState:
        try:
            return self.accounts[account.id]
        except KeyError:
            raise RuntimeError(f"{account} was not locked when the book was opened") from None
