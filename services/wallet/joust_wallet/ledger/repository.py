"""All SQL about the ledger."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_wallet.ledger.book import AccountState, Book, KnownTransfer
from joust_wallet.ledger.models import Account
from joust_wallet.ledger.rules import OWNED_KINDS, AccountKey, AccountKind

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
    SELECT id, balance_cents, version, NULL AS idempotency_key, NULL AS fingerprint
    FROM wallet.accounts WHERE id = ANY (CAST(:ids AS uuid[]))
    UNION ALL
    SELECT id, 0, 0, idempotency_key, fingerprint
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
            account_version
        )
        SELECT transfer_id, account_id, amount, previous, after, version FROM unnest(
            CAST(:line_transfers AS uuid[]), CAST(:line_accounts AS uuid[]), CAST(:amounts AS bigint[]),
            CAST(:previous AS bigint[]), CAST(:after AS bigint[]), CAST(:versions AS bigint[])
        ) WITH ORDINALITY AS line (transfer_id, account_id, amount, previous, after, version, place)
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
    lock = func.pg_advisory_xact_lock(_OWNER_LOCKS, func.hashtext(str(owner_id)))
    await session.execute(select(lock))


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
        else:
            book.known[row.idempotency_key] = KnownTransfer(row.id, bytes(row.fingerprint))
    return book


async def write_book(session: AsyncSession, book: Book, now: datetime) -> None:
    """Write transfers, postings and balances in one statement."""
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
        "changed_ids": list(changed),
        "changed_balances": [state.balance_cents for state in changed.values()],
        "changed_versions": [state.version for state in changed.values()],
    }
    await session.execute(_WRITE, values)


async def balances_of(session: AsyncSession, owner_id: UUID, currency: str) -> dict[AccountKind, int]:
    """Balances in minor units by kind; a kind without an account is missing."""
    ids = [AccountKey(owner_id, kind, currency).id for kind in OWNED_KINDS]
    return {row.kind: row.balance_cents for row in await session.execute(_BALANCES, {"ids": ids})}
