"""Posting on the real ledger: one effect for one key, whoever asks and however often."""

import asyncio
import random
from uuid import UUID

import pytest
from sqlalchemy import event, text

from joust_contracts.vocabulary import TransferKind
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_wallet.ledger import queries
from joust_wallet.ledger.commands import post
from joust_wallet.ledger.errors import InsufficientFunds, TransferConflict
from joust_wallet.ledger.rules import AccountKey, AccountKind, Transfer


def purse(owner_id: UUID) -> AccountKey:
    return AccountKey(owner_id, AccountKind.AVAILABLE, "usd")


def funding(owner_id: UUID, cents: int, key: str | None = None) -> Transfer:
    cause = RandomIds().new() if key is None else UUID(int=7)
    outside = AccountKey(None, AccountKind.EXTERNAL_FUNDING, "usd")
    made = Transfer.of(
        key or f"deposit:{cause}", TransferKind.DEPOSIT, cause, [(outside, -cents), (purse(owner_id), cents)]
    )
    assert made is not None
    return made


def payment(source: UUID, target: UUID, cents: int) -> Transfer:
    # A deposit, so that the auditor does not look for a deal behind it.
    cause = RandomIds().new()
    changes = [(purse(source), -cents), (purse(target), cents)]
    made = Transfer.of(f"test:{cause}", TransferKind.DEPOSIT, cause, changes)
    assert made is not None
    return made


async def make(wallet: ServiceUnderTest, transfer: Transfer) -> UUID:
    async with wallet.database.transaction() as unit:
        return await post(unit, transfer)


async def available(wallet: ServiceUnderTest, owner_id: UUID) -> int:
    async with wallet.database.reading() as session:
        return (await queries.get_balance(session, owner_id, "usd")).available_cents


async def test_the_same_transfer_again_returns_the_first_and_moves_nothing(wallet: ServiceUnderTest) -> None:
    owner = an_actor().account_id
    transfer = funding(owner, 100)
    first = await make(wallet, transfer)
    assert await make(wallet, transfer) == first
    assert await available(wallet, owner) == 100


async def test_a_spend_made_before_is_known_even_if_the_balance_is_gone(wallet: ServiceUnderTest) -> None:
    owner, other = an_actor().account_id, an_actor().account_id
    await make(wallet, funding(owner, 100))
    spend = payment(owner, other, 100)
    first = await make(wallet, spend)
    assert await make(wallet, spend) == first


async def test_the_same_key_with_other_content_is_refused_and_moves_nothing(wallet: ServiceUnderTest) -> None:
    owner = an_actor().account_id
    key = f"deposit:{owner}"
    await make(wallet, funding(owner, 100, key))
    with pytest.raises(TransferConflict):
        await make(wallet, funding(owner, 101, key))
    assert await available(wallet, owner) == 100


async def test_50_times_the_same_transfer_at_once_is_one(wallet: ServiceUnderTest) -> None:
    owner = an_actor().account_id
    transfer = funding(owner, 100)
    ids = await asyncio.gather(*(make(wallet, transfer) for _ in range(50)))
    assert len(set(ids)) == 1
    assert await available(wallet, owner) == 100


async def test_50_transfers_with_one_key_and_other_accounts_leave_one(wallet: ServiceUnderTest) -> None:
    key = f"deposit:{RandomIds().new()}"
    owners = [an_actor().account_id for _ in range(50)]
    results = await asyncio.gather(
        *(make(wallet, funding(owner, 100, key)) for owner in owners), return_exceptions=True
    )
    assert sum(isinstance(result, UUID) for result in results) == 1
    assert sum(isinstance(result, TransferConflict) for result in results) == 49
    assert sum([await available(wallet, owner) for owner in owners]) == 100


async def test_50_transfers_with_one_key_and_other_amounts_leave_one_that_a_repetition_returns(
    wallet: ServiceUnderTest,
) -> None:
    owner, key = an_actor().account_id, f"deposit:{RandomIds().new()}"
    wanted = [funding(owner, cents, key) for cents in range(101, 151)]
    results = await asyncio.gather(*(make(wallet, each) for each in wanted), return_exceptions=True)
    ids = [result for result in results if isinstance(result, UUID)]
    assert len(ids) == 1
    assert sum(isinstance(result, TransferConflict) for result in results) == 49
    kept = wanted[results.index(ids[0])]
    again = await asyncio.gather(*(make(wallet, each) for each in wanted), return_exceptions=True)
    assert [result for result in again if isinstance(result, UUID)] == ids
    assert await available(wallet, owner) == next(
        entry.amount_cents for entry in kept.entries if entry.amount_cents > 0
    )


async def test_one_key_on_disjoint_accounts_is_refused_by_the_database_itself(
    wallet: ServiceUnderTest,
) -> None:
    sources = [an_actor().account_id for _ in range(8)]
    for source in sources:
        await make(wallet, funding(source, 100))
    key = f"test:{RandomIds().new()}"

    def spend(source: UUID) -> Transfer:
        other = purse(an_actor().account_id)
        made = Transfer.of(key, TransferKind.DEPOSIT, source, [(purse(source), -60), (other, 60)])
        assert made is not None
        return made

    results = await asyncio.gather(
        *(make(wallet, spend(source)) for source in sources), return_exceptions=True
    )
    assert sum(isinstance(result, UUID) for result in results) == 1
    assert sum(isinstance(result, TransferConflict) for result in results) == 7


async def test_64_spends_at_once_from_one_account_are_refused_exactly_when_it_is_empty(
    wallet: ServiceUnderTest,
) -> None:
    owner, target = an_actor().account_id, an_actor().account_id
    await make(wallet, funding(owner, 1000))
    spends = [payment(owner, target, 30) for _ in range(64)]
    results = await asyncio.gather(*(make(wallet, spend) for spend in spends), return_exceptions=True)
    assert sum(isinstance(result, UUID) for result in results) == 1000 // 30
    assert sum(isinstance(result, InsufficientFunds) for result in results) == 64 - 1000 // 30
    assert await available(wallet, owner) == 1000 % 30
    assert await available(wallet, target) == 1000 - 1000 % 30


async def test_spends_of_any_size_at_once_never_leave_a_debt_and_refuse_only_what_is_not_covered(
    wallet: ServiceUnderTest,
) -> None:
    owner, target = an_actor().account_id, an_actor().account_id
    await make(wallet, funding(owner, 5000))
    chosen = random.Random(20261122)
    sizes = [chosen.randint(1, 400) for _ in range(64)]
    results = await asyncio.gather(
        *(make(wallet, payment(owner, target, size)) for size in sizes), return_exceptions=True
    )
    outcomes = list(zip(sizes, results, strict=True))
    spent = sum(size for size, result in outcomes if isinstance(result, UUID))
    refused = [size for size, result in outcomes if isinstance(result, InsufficientFunds)]
    assert len(refused) + sum(isinstance(result, UUID) for result in results) == 64
    left = await available(wallet, owner)
    assert left == 5000 - spent >= 0
    assert all(size > left for size in refused)


async def test_accounts_that_many_transfers_need_at_once_for_the_first_time_are_made_once(
    wallet: ServiceUnderTest,
) -> None:
    for _ in range(20):
        owner, other = an_actor().account_id, an_actor().account_id
        both = [funding(each, 10) for each in (owner, other) * 6]
        await asyncio.gather(*(make(wallet, each) for each in both))
        assert [await available(wallet, owner), await available(wallet, other)] == [60, 60]


async def test_transfers_both_ways_between_many_accounts_never_deadlock(wallet: ServiceUnderTest) -> None:
    owners = [an_actor().account_id for _ in range(5)]
    chosen = random.Random(64)

    def swap() -> Transfer:
        source, target = chosen.sample(owners, 2)
        cause = RandomIds().new()
        changes = [(purse(source), -1), (purse(target), 1)]
        made = Transfer.of(f"test:{cause}", TransferKind.DEPOSIT, cause, changes)
        assert made is not None
        return made

    first = [funding(owner, 1000) for owner in owners]
    await asyncio.gather(*(make(wallet, each) for each in [*first, *first]))
    await asyncio.gather(*(make(wallet, swap()) for _ in range(300)))
    assert sum([await available(wallet, owner) for owner in owners]) == 5000


async def test_a_transfer_takes_three_statements(wallet: ServiceUnderTest) -> None:
    owner = an_actor().account_id
    statements: list[str] = []

    def count(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    engine = wallet.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        await make(wallet, funding(owner, 100))
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert len(statements) == 3


async def test_the_postings_of_an_account_tell_its_story(wallet: ServiceUnderTest) -> None:
    owner, target = an_actor().account_id, an_actor().account_id
    await make(wallet, funding(owner, 100))
    await make(wallet, payment(owner, target, 30))
    query = text(
        "SELECT account_version, previous_balance_cents, amount_cents, balance_after_cents"
        " FROM wallet.postings WHERE account_id = :id ORDER BY id"
    )
    async with wallet.database.reading() as session:
        lines = (await session.execute(query, {"id": purse(owner).id})).all()
    assert [tuple(line) for line in lines] == [(1, 0, 100, 100), (2, 100, -30, 70)]
