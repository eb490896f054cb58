"""The ledger under many clients at once: it adds up in every snapshot, and refuses to the cent.

Each promise is tried shortly with every run of the tests, and at length in the campaign.
"""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from joust_kit.database.connections import open_engine
from joust_kit.database.database import Database
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_wallet.auditor import Auditor
from joust_wallet.ledger import commands as ledger
from joust_wallet.ledger.audit import Violation
from joust_wallet.ledger.errors import InsufficientFunds
from joust_wallet.ledger.rules import AccountKey, AccountKind, Transfer
from services.wallet.tests.crowd import IDS, Spends, a_transfer, at_once, balances, fund, purse
from services.wallet.tests.market import Market

CLIENTS = 64
AT_LENGTH = pytest.mark.campaign
SECONDS_VARIABLE = "JOUST_LEDGER_CAMPAIGN_SECONDS"
FEES = AccountKey(None, AccountKind.PLATFORM_FEES, "usd")


class Audits:
    """What was found while clients worked."""

    def __init__(self) -> None:
        self.count = 0
        self.found: list[Violation] = []


@asynccontextmanager
async def audited_each_second(wallet: ServiceUnderTest) -> AsyncIterator[Audits]:
    """Both audits run once a second for the length of the block, on connections of their own."""
    settings: Any = wallet.service.settings
    engine = open_engine(settings, application_name="auditor", pool_size=1)
    auditor, audits = Auditor(Database(engine, wallet.database.tables), settings), Audits()

    async def again_and_again() -> None:
        while True:
            next_second = asyncio.create_task(asyncio.sleep(1))
            audits.found += await auditor.audit_newest()
            audits.found += await auditor.audit_everything() or []
            audits.count += 1
            await next_second

    auditing = asyncio.create_task(again_and_again())
    try:
        yield audits
        if auditing.done():
            auditing.result()
    finally:
        auditing.cancel()
        await asyncio.gather(auditing, return_exceptions=True)
        await engine.dispose()


@pytest.mark.parametrize("seconds", [8, pytest.param(120, marks=AT_LENGTH)])
async def test_the_books_balance_in_every_snapshot_while_64_clients_deposit_and_deal(
    market: Market, seconds: float
) -> None:
    people = [an_actor() for _ in range(CLIENTS)]
    deposited: list[int] = []
    deals: list[str] = []

    async def act(chosen: random.Random) -> None:
        buyer, seller = chosen.sample(people, 2)
        if chosen.random() < 0.5:
            cents = chosen.randint(1, 5000)
            await market.deposit(cents, by=buyer)
            deposited.append(cents)
        else:
            deals.append((await market.deal(seller, chosen.randint(0, 4000), by=buyer))["status"])

    earlier_fees = (await balances(market.wallet, [FEES]))[FEES]
    began = time.monotonic()
    async with audited_each_second(market.wallet) as audits:
        await at_once(CLIENTS, act, times=100_000, seconds=seconds)
    elapsed = time.monotonic() - began
    assert audits.found == []
    assert audits.count >= elapsed / 4
    assert {"settled", "pending"} == set(deals)
    held = await balances(market.wallet, [purse(each.account_id) for each in people])
    assert min(held.values()) >= 0
    fees = (await balances(market.wallet, [FEES]))[FEES] - earlier_fees
    assert fees > 0
    assert sum(deposited) == sum(held.values()) + fees
    print(f"{len(deposited)} deposits, {len(deals)} deals, {audits.count} audits in {elapsed:.1f} s")


@pytest.mark.parametrize(
    ("accounts", "rounds", "seconds"),
    [
        (1, 1, 60),
        (1000, 1, 60),
        pytest.param(1, 667, 180, marks=AT_LENGTH),
        pytest.param(1000, 667, 180, marks=AT_LENGTH),
    ],
)
async def test_spends_at_once_never_leave_a_debt_and_refusals_are_exact_to_the_cent(
    wallet: ServiceUnderTest, accounts: int, rounds: int, seconds: float
) -> None:
    ends_at, count = time.monotonic() + seconds, 0
    async with audited_each_second(wallet) as audits:
        for _ in range(rounds):
            count += await spend_all(wallet, accounts)
            if time.monotonic() > ends_at:
                break
    assert audits.found == []
    print(f"{count} spends on {accounts} accounts")


async def spend_all(wallet: ServiceUnderTest, accounts: int) -> int:
    """64 clients ask 15 times each for about twice of what is there; returns how many were answered."""
    owners = [IDS.new() for _ in range(accounts)]
    opening = max(CLIENTS * 15 * 50 // accounts, 60)
    await fund(wallet, owners, opening)
    spends = Spends()

    async def act(chosen: random.Random) -> None:
        await spends.spend(wallet, chosen.choice(owners), chosen.choice(owners), chosen.randint(1, 200))

    await at_once(CLIENTS, act, times=15)
    closing = await balances(wallet, [purse(owner) for owner in owners])
    for owner in owners:
        left = closing[purse(owner)]
        assert left == opening - sum(spends.accepted[owner]) >= 0
        # Nothing came in, so what is left now was there at each refusal.
        assert all(cents > left for cents in spends.refused[owner])
    assert sum(map(len, spends.accepted.values())) > 0
    assert sum(map(len, spends.refused.values())) > 0
    return spends.count


@dataclass(frozen=True)
class Crowd:
    """16 clients on some accounts: how often each opens a book, and how many transfers it enters there."""

    accounts: int
    books: int
    transfers: int

    @property
    def all_transfers(self) -> int:
        return 16 * self.books * self.transfers


MILLION = Crowd(accounts=2_000, books=1_250, transfers=50)


@pytest.mark.parametrize("crowd", [Crowd(12, books=30, transfers=1), pytest.param(MILLION, marks=AT_LENGTH)])
async def test_transfers_between_any_accounts_by_16_clients_never_deadlock(
    wallet: ServiceUnderTest, crowd: Crowd
) -> None:
    """The million of the campaign ends after ``SECONDS_VARIABLE``, if that is set."""
    owners = [IDS.new() for _ in range(crowd.accounts)]
    await fund(wallet, owners, 10_000)
    before = await deadlocks(wallet)
    outcomes = Counter[str]()

    async def act(chosen: random.Random) -> None:
        outcomes.update(await move(wallet, [among(chosen, owners) for _ in range(crowd.transfers)]))

    began = time.monotonic()
    await at_once(16, act, times=crowd.books, seconds=float(os.environ.get(SECONDS_VARIABLE, "inf")))
    elapsed = time.monotonic() - began
    assert outcomes["made"] > 0
    assert await deadlocks(wallet) == before
    held = await balances(wallet, [purse(owner) for owner in owners])
    assert sum(held.values()) == crowd.accounts * 10_000
    total = outcomes.total()
    print(f"{total} of {crowd.all_transfers} in {elapsed:.0f} s, {total / elapsed:.0f} a second: {outcomes}")


def among(chosen: random.Random, owners: list[UUID]) -> Transfer:
    """From one owner to one to four others, as much to each, in any order of their ids."""
    source, *targets = chosen.sample(owners, chosen.randint(2, 5))
    cents = chosen.randint(1, 900)
    return a_transfer((purse(source), -cents * len(targets)), *((purse(target), cents) for target in targets))


async def move(wallet: ServiceUnderTest, transfers: list[Transfer]) -> Counter[str]:
    """Make those that are covered, in one transaction."""
    outcomes = Counter[str]()
    async with wallet.database.transaction() as unit:
        book = await ledger.open_book(unit, transfers)
        for transfer in transfers:
            try:
                book.enter(transfer, unit.new_id())
            except InsufficientFunds:
                outcomes["refused"] += 1
            else:
                outcomes["made"] += 1
        await ledger.write_book(unit, book)
    return outcomes


async def deadlocks(wallet: ServiceUnderTest) -> int:
    """Deadlocks that the database had to resolve so far."""
    query = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    async with wallet.database.reading() as session:
        await session.execute(text("SELECT pg_stat_clear_snapshot()"))
        return int(await session.scalar(query) or 0)
