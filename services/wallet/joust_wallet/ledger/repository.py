"""All SQL about the ledger."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_kit.database import locks
from joust_wallet.ledger.book import AccountState, Book, KnownTransfer
from joust_wallet.ledger.cursors import LinesCursor
from joust_wallet.ledger.models import Account
from joust_wallet.ledger.rules import OWNED_KINDS, AccountKey, AccountKind

_ROWS_AT_ONCE = 2000
_OWNER_LOCKS = 7001
"""Class of the advisory locks on owners, apart from the kit's, which have 64-bit keys."""

# DO UPDATE locks the row that is there even where its WHERE is false, and writes nothing: so accounts are
# made or locked in one pass, in the order of their ids, and two transactions never wait for each other.
_MAKE_OR_LOCK = text(
    """
    INSERT INTO wallet.accounts (id, owner_id, kind, currency, balance_cents, version)
    SELECT id, owner_id, kind, currency, 0, 0
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:owners AS uuid[]), CAST(:kinds AS text[]), CAST(:currencies AS text[])
    ) AS wanted (id, owner_id, kind, currency)
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET version = accounts.version WHERE false
    """
)

_READ = text(
    """
    SELECT accounts.id, balance_cents, version, hash AS head, NULL AS idempotency_key, NULL AS fingerprint
    FROM wallet.accounts
    LEFT JOIN wallet.postings ON account_id = accounts.id AND account_version = version
    WHERE accounts.id = ANY (CAST(:ids AS uuid[]))
    UNION ALL
    SELECT id, 0, 0, NULL, idempotency_key, fingerprint
    FROM wallet.transfers WHERE idempotency_key = ANY (CAST(:keys AS text[]))
    """
)

_WRITE = text(
    """
    WITH new_transfers AS (
        INSERT INTO wallet.transfers (
            id, idempotency_key, kind, cause, fingerprint, postings_count, created_at
        )
        SELECT *, CAST(:now AS timestamptz) FROM unnest(
            CAST(:transfer_ids AS uuid[]), CAST(:keys AS text[]), CAST(:kinds AS text[]),
            CAST(:causes AS uuid[]), CAST(:fingerprints AS bytea[]), CAST(:counts AS smallint[])
        )
    ), new_postings AS (
        INSERT INTO wallet.postings (
            transfer_id, account_id, amount_cents, previous_balance_cents, balance_after_cents,
            account_version, hash
        )
        SELECT transfer_id, account_id, amount, previous, after, version, hash FROM unnest(
            CAST(:line_transfers AS uuid[]), CAST(:line_accounts AS uuid[]), CAST(:amounts AS bigint[]),
            CAST(:previous AS bigint[]), CAST(:after AS bigint[]), CAST(:versions AS bigint[]),
            CAST(:hashes AS bytea[])
        ) WITH ORDINALITY AS line (transfer_id, account_id, amount, previous, after, version, hash, place)
        ORDER BY place
    )
    UPDATE wallet.accounts SET balance_cents = changed.balance, version = changed.version
    FROM unnest(
        CAST(:changed_ids AS uuid[]), CAST(:changed_balances AS bigint[]),
        CAST(:changed_versions AS bigint[])
    ) AS changed (id, balance, version)
    WHERE accounts.id = changed.id
    """
)

_BALANCES = select(col(Account.kind), col(Account.balance_cents)).where(
    col(Account.id).in_(bindparam("ids", expanding=True))
)


async def lock_owner(session: AsyncSession, owner_id: UUID) -> None:
    """Be the only transaction that decides on the owner's waiting payments, until it ends."""
    await locks.lock(session, _OWNER_LOCKS, owner_id)


async def open_book(session: AsyncSession, accounts: Iterable[AccountKey], keys: Iterable[str]) -> Book:
    """Lock the accounts in the order of their ids, made if need be, and read them and known transfers."""
    wanted = list({account.id: account for account in accounts}.values())
    ids = [account.id for account in wanted]
    names = {
        "ids": ids,
        "owners": [account.owner_id for account in wanted],
        "kinds": [account.kind.value for account in wanted],
        "currencies": [account.currency for account in wanted],
    }
    await session.execute(_MAKE_OR_LOCK, names)
    book = Book(accounts={}, known={})
    for row in await session.execute(_READ, {"ids": ids, "keys": list(keys)}):
        if row.idempotency_key is None:
            book.accounts[row.id] = AccountState(row.balance_cents, row.version)
            if row.head is not None:
                book.heads[row.id] = bytes(row.head)
        else:
            book.known[row.idempotency_key] = KnownTransfer(row.id, bytes(row.fingerprint))
    return book


async def write_book(session: AsyncSession, book: Book, now: datetime) -> None:
    """Write transfers, postings and balances in one statement.

    ``now`` was read under the accounts' locks, so that an account's lines are in the order of their moments.
    """
    changed = book.changed()
    values = {
        "now": now,
        "transfer_ids": [id for id, _ in book.entered],
        "keys": [transfer.idempotency_key for _, transfer in book.entered],
        "kinds": [transfer.kind.value for _, transfer in book.entered],
        "causes": [transfer.cause for _, transfer in book.entered],
        "fingerprints": [transfer.fingerprint for _, transfer in book.entered],
        "counts": [len(transfer.entries) for _, transfer in book.entered],
        "line_transfers": [line.transfer_id for line in book.lines],
        "line_accounts": [line.account_id for line in book.lines],
        "amounts": [line.amount_cents for line in book.lines],
        "previous": [line.previous.balance_cents for line in book.lines],
        "after": [line.after.balance_cents for line in book.lines],
        "versions": [line.after.version for line in book.lines],
        "hashes": book.hashes(now),
        "changed_ids": list(changed),
        "changed_balances": [state.balance_cents for state in changed.values()],
        "changed_versions": [state.version for state in changed.values()],
    }
    await session.execute(_WRITE, values)


async def balances_of(session: AsyncSession, owner_id: UUID, currency: str) -> dict[AccountKind, int]:
    """Balances in minor units by kind; a kind without an account is missing."""
    ids = [AccountKey(owner_id, kind, currency).id for kind in OWNED_KINDS]
    return {row.kind: row.balance_cents for row in await session.execute(_BALANCES, {"ids": ids})}


_JOURNAL = text(
    """
    SELECT postings.id, account_id, account_version, previous_balance_cents, amount_cents,
        balance_after_cents, hash, transfer_id, idempotency_key, kind, cause, fingerprint, postings_count,
        created_at
    FROM wallet.postings JOIN wallet.transfers ON transfers.id = transfer_id
    ORDER BY account_id, account_version
    """
)

_LINES = text(
    """
    SELECT line.*, transfers.kind AS transfer_kind, cause, created_at FROM (
        (
            SELECT 'available' AS account, id, transfer_id, account_version, amount_cents, balance_after_cents
            FROM wallet.postings
            WHERE account_id = :available AND account_version < :available_before AND id < :before
            ORDER BY account_version DESC LIMIT :limit
        ) UNION ALL (
            SELECT 'held', id, transfer_id, account_version, amount_cents, balance_after_cents
            FROM wallet.postings
            WHERE account_id = :held AND account_version < :held_before AND id < :before
            ORDER BY account_version DESC LIMIT :limit
        )
    ) AS line JOIN wallet.transfers ON transfers.id = transfer_id
    ORDER BY line.id DESC LIMIT :limit
    """
)

# Versions of an account are in the order of their moments, so the last one before a moment is found by
# halving: some twenty lines are read of a million.
_PAST_BALANCE = text(
    """
    WITH RECURSIVE search (low, high) AS (
        SELECT CAST(0 AS bigint), version FROM wallet.accounts WHERE id = :id
        UNION ALL
        SELECT
            CASE WHEN created_at <= :at THEN middle ELSE low END,
            CASE WHEN created_at <= :at THEN high ELSE middle - 1 END
        FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM search WHERE low < high) AS half
        JOIN wallet.postings ON account_id = :id AND account_version = middle
        JOIN wallet.transfers ON transfers.id = transfer_id
    )
    SELECT balance_after_cents FROM search
    JOIN wallet.postings ON account_id = :id AND account_version = low WHERE low = high
    """
)


async def journal(session: AsyncSession) -> AsyncIterator[Row[Any]]:
    """Every line with its transfer, account by account in the order of versions, however many there are."""
    async for row in await session.stream(_JOURNAL, execution_options={"yield_per": _ROWS_AT_ONCE}):
        yield row


async def lines_of(
    session: AsyncSession, owner_id: UUID, currency: str, limit: int, before: LinesCursor
) -> Sequence[Row[Any]]:
    """Lines of what the owner can spend and of what is held, newest first; at most ``limit``."""
    values = {
        "available": AccountKey(owner_id, AccountKind.AVAILABLE, currency).id,
        "held": AccountKey(owner_id, AccountKind.HELD, currency).id,
        "before": before.posting,
        "available_before": before.available,
        "held_before": before.held,
        "limit": limit,
    }
    return (await session.execute(_LINES, values)).all()


async def past_balance(session: AsyncSession, account: AccountKey, at: datetime) -> int:
    """What the account held at a moment, in minor units; 0 before its first transfer."""
    balance: int | None = await session.scalar(_PAST_BALANCE, {"id": account.id, "at": at})
    return balance or 0
