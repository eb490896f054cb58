"""Verifying the journal: every line is what it was when it was written.

It reads everything, in one snapshot; give it a connection whose timeout fits the size of the ledger. What it
can't see alone is an end that was cut off, or a past that was written anew from some line on: for that, keep
the heads of an earlier run elsewhere, and give them to the next.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from joust_wallet.ledger import repository
from joust_wallet.ledger.audit import Violation
from joust_wallet.ledger.journal import GENESIS, JournalLine, JournalTransfer, line_hash

_SHOWN_AT_MOST = 1000


@dataclass(frozen=True)
class Head:
    """The newest line of an account."""

    account_version: int
    hash: bytes


@dataclass
class Verification:
    """What was read, and what is wrong with it."""

    lines: int = 0
    heads: dict[UUID, Head] = field(default_factory=dict)
    found: list[Violation] = field(default_factory=list)
    """At most a thousand: where to look."""

    def note(self, rule: str, subject: object, detail: str) -> None:
        """Something is wrong."""
        if len(self.found) < _SHOWN_AT_MOST:
            self.found.append(Violation(rule, str(subject), detail))


async def verify_journal(session: AsyncSession, since: Mapping[UUID, Head] | None = None) -> Verification:
    """Compute every chain anew and compare; ``since`` are heads that must still be in their chains."""
    done = Verification()
    earlier = dict(since or {})
    async for row in repository.journal(session):
        _check(done, row)
        known = earlier.get(row.account_id)
        if known is not None and known.account_version == row.account_version:
            del earlier[row.account_id]
            if known.hash != bytes(row.hash):
                done.note(
                    "history_is_another", row.account_id, f"from version {row.account_version} or before"
                )
    for account_id, head in earlier.items():
        done.note("history_is_cut", account_id, f"version {head.account_version} is gone")
    return done


def _check(done: Verification, row: Row[Any]) -> None:
    before = done.heads.get(row.account_id, Head(0, GENESIS))
    place = f"version {row.account_version} of account {row.account_id}"
    if row.account_version != before.account_version + 1:
        done.note("line_is_missing", row.id, f"{place} follows on version {before.account_version}")
    if _hash_of(row, before.hash) != bytes(row.hash):
        done.note("line_was_changed", row.id, place)
    done.lines += 1
    done.heads[row.account_id] = Head(row.account_version, bytes(row.hash))


def _hash_of(row: Row[Any], previous: bytes) -> bytes:
    transfer = JournalTransfer(
        row.transfer_id,
        row.idempotency_key,
        row.kind,
        row.cause,
        bytes(row.fingerprint),
        row.postings_count,
        row.created_at,
    )
    line = JournalLine(
        row.account_id,
        row.account_version,
        row.previous_balance_cents,
        row.amount_cents,
        row.balance_after_cents,
    )
    return line_hash(previous, transfer, line)


def written(heads: Mapping[UUID, Head]) -> Iterator[str]:
    """Heads as lines of text, to be kept where nobody who can write to the ledger can write."""
    for account_id, head in sorted(heads.items()):
        yield f"{account_id} {head.account_version} {head.hash.hex()}"


def read(lines: Iterable[str]) -> dict[UUID, Head]:
    """Heads from their text. Raises ``ValueError`` for what ``written`` did not make."""
    heads = {}
    for line in lines:
        account_id, version, digest = line.split()
        heads[UUID(account_id)] = Head(int(version), bytes.fromhex(digest))
    return heads
