"""The database refuses what must never be, whatever a service tries."""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest
from joust_wallet.ledger.rules import OWNED_KINDS, AccountKey, AccountKind
from services.wallet.tests.market import Market

IDS = RandomIds()
TRANSFER = (
    "INSERT INTO wallet.transfers (id, idempotency_key, kind, cause, fingerprint, postings_count, created_at)"
    " VALUES ($1, $2, 'deposit', $1, sha256(''), $3, now())"
)
POSTING = (
    "INSERT INTO wallet.postings (transfer_id, account_id, account_version, amount_cents,"
    " previous_balance_cents, balance_after_cents, hash) VALUES ($1, $2, $3, $4, $5, $6, sha256(''))"
)
ACCOUNT = (
    "INSERT INTO wallet.accounts (id, owner_id, kind, currency, balance_cents, version)"
    " VALUES ($1, $2, $3, 'usd', 0, 0)"
)
BALANCE = "UPDATE wallet.accounts SET balance_cents = $2, version = $3 WHERE id = $1"


class Intruder:
    """Writes to the tables past all of our code."""

    def __init__(self, connection: Any) -> None:
        self.sql = connection

    async def account(self, kind: str = "available") -> UUID:
        """A new account of a new owner."""
        owner_id = IDS.new() if AccountKind(kind) in OWNED_KINDS else None
        id = AccountKey(owner_id, AccountKind(kind), "usd").id
        await self.sql.execute(ACCOUNT, id, owner_id, kind)
        return id

    async def transfer(self, *changes: tuple[UUID, int], count: int | None = None) -> UUID:
        """A transfer with postings and balances that fit, to accounts that had none."""
        id = IDS.new()
        await self.sql.execute(TRANSFER, id, f"test:{id}", len(changes) if count is None else count)
        for account, cents in changes:
            await self.sql.execute(POSTING, id, account, 1, cents, 0, cents)
            await self.sql.execute(BALANCE, account, cents, 1)
        return id


@pytest.fixture
async def intruder(wallet: ServiceUnderTest) -> AsyncIterator[Intruder]:
    url = str(wallet.service.settings.database_url).replace("postgresql+asyncpg://", "postgresql://")
    connection = await asyncpg.connect(url)
    yield Intruder(connection)
    await connection.close()


async def a_funded_account(market: Market) -> UUID:
    await market.deposit(100)
    async with market.wallet.database.reading() as session:
        query = text("SELECT id FROM wallet.accounts WHERE owner_id = :owner")
        id: UUID = (await session.execute(query, {"owner": market.poster.account_id})).scalar_one()
        return id


async def test_a_transfer_that_does_not_sum_to_0_can_not_be_committed(intruder: Intruder) -> None:
    transaction = intruder.sql.transaction()
    await transaction.start()
    one, other = await intruder.account(), await intruder.account()
    await intruder.transfer((one, 100), (other, 1))
    with pytest.raises(asyncpg.CheckViolationError, match="do not sum to 0"):
        await transaction.commit()


async def test_a_transfer_without_postings_can_not_be_committed(intruder: Intruder) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="0 postings instead of 2"):
        await intruder.sql.execute(TRANSFER, id := IDS.new(), f"test:{id}", 2)


async def test_a_transfer_of_fewer_than_two_postings_is_refused(intruder: Intruder) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="has_postings"):
        await intruder.sql.execute(TRANSFER, id := IDS.new(), f"test:{id}", 1)


async def test_nothing_can_be_added_to_a_transfer_that_was_committed(
    market: Market, intruder: Intruder
) -> None:
    account = await a_funded_account(market)
    transfer = await intruder.sql.fetchval(
        "SELECT transfer_id FROM wallet.postings WHERE account_id = $1", account
    )
    transaction = intruder.sql.transaction()
    await transaction.start()
    other = await intruder.account()
    await intruder.sql.execute(POSTING, transfer, other, 1, 5, 0, 5)
    await intruder.sql.execute(BALANCE, other, 5, 1)
    await intruder.sql.execute(POSTING, transfer, account, 2, -5, 100, 95)
    await intruder.sql.execute(BALANCE, account, 95, 2)
    with pytest.raises(asyncpg.CheckViolationError, match="4 postings instead of 2"):
        await transaction.commit()


async def test_a_transfer_that_is_checked_before_the_commit_is_refused_as_well(intruder: Intruder) -> None:
    transaction = intruder.sql.transaction()
    await transaction.start()
    await intruder.transfer((await intruder.account(), 100), (await intruder.account(), 1))
    with pytest.raises(asyncpg.CheckViolationError, match="do not sum to 0"):
        await intruder.sql.execute("SET CONSTRAINTS ALL IMMEDIATE")
    await transaction.rollback()


@pytest.mark.parametrize("table", ["postings", "transfers"])
@pytest.mark.parametrize(
    "statement", ["UPDATE wallet.{} SET id = id", "DELETE FROM wallet.{}", "TRUNCATE wallet.{} CASCADE"]
)
async def test_what_was_written_is_never_changed_or_deleted(
    intruder: Intruder, table: str, statement: str
) -> None:
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await intruder.sql.execute(statement.format(table))


async def test_accounts_are_never_deleted(intruder: Intruder) -> None:
    for statement in ("DELETE FROM wallet.accounts", "TRUNCATE wallet.accounts CASCADE"):
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await intruder.sql.execute(statement)


@pytest.mark.parametrize("kind", ["available", "held", "platform_fees"])
async def test_a_balance_below_0_is_refused(intruder: Intruder, kind: str) -> None:
    owner = None if kind == "platform_fees" else IDS.new()
    with pytest.raises(asyncpg.CheckViolationError, match="balance_not_negative"):
        await intruder.sql.execute(
            "INSERT INTO wallet.accounts (id, owner_id, kind, currency, balance_cents, version)"
            " VALUES ($1, $2, $3, 'xxx', -1, 1)",
            AccountKey(owner, AccountKind(kind), "xxx").id,
            owner,
            kind,
        )


async def test_an_account_can_not_be_debited_below_0(market: Market, intruder: Intruder) -> None:
    account = await a_funded_account(market)
    with pytest.raises(asyncpg.CheckViolationError, match="balance_not_negative"):
        await intruder.sql.execute(BALANCE, account, -1, 2)


async def test_a_balance_can_not_change_without_a_posting(market: Market, intruder: Intruder) -> None:
    account = await a_funded_account(market)
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="newest_posting"):
        await intruder.sql.execute(BALANCE, account, 1_000_000, 2)


async def test_an_account_can_not_go_back_to_an_earlier_balance(market: Market, intruder: Intruder) -> None:
    account = await a_funded_account(market)
    await market.deposit(50)
    with pytest.raises(asyncpg.CheckViolationError, match="by new postings alone"):
        await intruder.sql.execute(BALANCE, account, 100, 1)


@pytest.mark.parametrize("change", ["owner_id = gen_random_uuid()", "kind = 'held'", "currency = 'eur'"])
async def test_an_account_keeps_its_owner_kind_and_currency(
    market: Market, intruder: Intruder, change: str
) -> None:
    account = await a_funded_account(market)
    with pytest.raises(asyncpg.CheckViolationError, match="by new postings alone"):
        await intruder.sql.execute(f"UPDATE wallet.accounts SET {change} WHERE id = $1", account)


async def test_a_posting_must_add_up(intruder: Intruder) -> None:
    account = await intruder.account()
    with pytest.raises(asyncpg.CheckViolationError, match="adds_up"):
        await intruder.sql.execute(POSTING, IDS.new(), account, 1, 5, 0, 6)


async def test_a_posting_of_0_is_refused(intruder: Intruder) -> None:
    account = await intruder.account()
    with pytest.raises(asyncpg.CheckViolationError, match="moves_something"):
        await intruder.sql.execute(POSTING, IDS.new(), account, 1, 0, 0, 0)


async def test_a_posting_must_begin_where_the_last_one_ended(market: Market, intruder: Intruder) -> None:
    account = await a_funded_account(market)
    transaction = intruder.sql.transaction()
    await transaction.start()
    await intruder.sql.execute(TRANSFER, id := IDS.new(), f"test:{id}", 2)
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="previous_posting"):
        await intruder.sql.execute(POSTING, id, account, 2, 5, 99, 104)
    await transaction.rollback()


async def test_a_posting_can_not_leave_out_a_version(market: Market, intruder: Intruder) -> None:
    account = await a_funded_account(market)
    transaction = intruder.sql.transaction()
    await transaction.start()
    await intruder.sql.execute(TRANSFER, id := IDS.new(), f"test:{id}", 2)
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="previous_posting"):
        await intruder.sql.execute(POSTING, id, account, 3, 5, 100, 105)
    await transaction.rollback()


async def test_two_postings_can_not_follow_on_the_same_one(market: Market, intruder: Intruder) -> None:
    account = await a_funded_account(market)
    with pytest.raises(asyncpg.UniqueViolationError, match="account_version"):
        await intruder.sql.execute(POSTING, IDS.new(), account, 1, 5, 0, 5)


async def test_postings_that_the_account_does_not_follow_can_not_be_committed(intruder: Intruder) -> None:
    transaction = intruder.sql.transaction()
    await transaction.start()
    one, other = await intruder.account(), await intruder.account("held")
    await intruder.sql.execute(TRANSFER, id := IDS.new(), f"test:{id}", 2)
    await intruder.sql.execute(POSTING, id, one, 1, 5, 0, 5)
    await intruder.sql.execute(POSTING, id, other, 1, -5, 0, -5)
    with pytest.raises(asyncpg.CheckViolationError, match="is behind its posting"):
        await transaction.commit()


async def test_a_second_transfer_with_the_same_key_is_refused(intruder: Intruder) -> None:
    transaction = intruder.sql.transaction()
    await transaction.start()
    key = f"test:{IDS.new()}"
    await intruder.sql.execute(TRANSFER, IDS.new(), key, 2)
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_transfers_idempotency_key"):
        await intruder.sql.execute(TRANSFER, IDS.new(), key, 2)
    await transaction.rollback()


async def test_a_deal_is_paid_under_its_one_key_and_so_at_most_once(intruder: Intruder) -> None:
    transaction = intruder.sql.transaction()
    await transaction.start()
    payment, deal = TRANSFER.replace("'deposit', $1", "'deal', $4"), IDS.new()
    await intruder.sql.execute(payment, IDS.new(), f"deal:{deal}", 2, deal)
    for key, refusal in ((f"deal:{deal}", "idempotency_key"), (f"deal:{deal}:again", "deal_has_one_key")):
        savepoint = intruder.sql.transaction()
        await savepoint.start()
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match=refusal):
            await intruder.sql.execute(payment, IDS.new(), key, 2, deal)
        await savepoint.rollback()
    await transaction.rollback()


async def test_a_second_account_of_the_same_name_is_refused(intruder: Intruder, market: Market) -> None:
    await market.deposit(1)
    for owner, kind in ((market.poster.account_id, "available"), (None, "external_funding")):
        with pytest.raises(asyncpg.CheckViolationError, match="id_is_its_name"):
            await intruder.sql.execute(ACCOUNT, IDS.new(), owner, kind)
        with pytest.raises(asyncpg.UniqueViolationError, match="pk_accounts"):
            await intruder.sql.execute(ACCOUNT, AccountKey(owner, AccountKind(kind), "usd").id, owner, kind)


@pytest.mark.parametrize("kind", list(AccountKind))
async def test_the_database_names_accounts_as_the_code_does(intruder: Intruder, kind: AccountKind) -> None:
    transaction = intruder.sql.transaction()
    await transaction.start()
    owner = IDS.new() if kind in OWNED_KINDS else None
    insert = ACCOUNT.replace("'usd'", "'zzz'")
    await intruder.sql.execute(insert, AccountKey(owner, kind, "zzz").id, owner, kind.value)
    await transaction.rollback()


async def test_an_owner_fits_the_kind_of_account(intruder: Intruder) -> None:
    for owner, kind in ((None, "available"), (IDS.new(), "external_funding")):
        name = f"{owner or 'platform'}/{kind}/usd"
        id = UUID(bytes=sha256(name.encode()).digest()[:16])
        with pytest.raises(asyncpg.CheckViolationError, match="owner_fits_kind"):
            await intruder.sql.execute(ACCOUNT, id, owner, kind)


DEAL = (
    "INSERT INTO wallet.deals (id, version, task_id, poster_id, agent_account_id, agent_id, deal_type,"
    " status, value_cents, platform_fee_cents, currency, created_at, settled_at)"
    " VALUES ($1, 1, $2, $1, $1, $1, 'agent_hire', $3, $4, $5, 'usd', now(), $6)"
)


async def test_a_second_deal_for_a_task_is_refused(intruder: Intruder) -> None:
    task_id = IDS.new()
    transaction = intruder.sql.transaction()
    await transaction.start()
    await intruder.sql.execute(DEAL, IDS.new(), task_id, "pending", 5, 0, None)
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_deals_task_id"):
        await intruder.sql.execute(DEAL, IDS.new(), task_id, "pending", 5, 0, None)
    await transaction.rollback()


@pytest.mark.parametrize(
    ("status", "value", "fee", "constraint"),
    [
        ("pending", -1, 0, "value_not_negative|fee_within_value"),
        ("pending", 10, 11, "fee_within_value"),
        ("pending", 10, -1, "fee_within_value"),
        ("settled", 10, 1, "settled_has_moment"),
        ("paid", 10, 1, "status"),
    ],
)
async def test_a_deal_that_can_not_be_is_refused(
    intruder: Intruder, status: str, value: int, fee: int, constraint: str
) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match=constraint):
        await intruder.sql.execute(DEAL, IDS.new(), IDS.new(), status, value, fee, None)
