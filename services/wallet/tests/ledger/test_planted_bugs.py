"""Bugs planted into the code that moves money: the database refuses each, and without its guards the auditor
finds each. So neither of the two nets has a hole where the other one is needed."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from joust_contracts.vocabulary import TransferKind
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.testing.component import an_actor
from joust_wallet.deals.models import Deal
from joust_wallet.deals.timers import settle_waiting_deals
from joust_wallet.deposits.rules import funding_of
from joust_wallet.ledger.book import AccountState, Book
from joust_wallet.ledger.rules import Transfer
from services.wallet.tests.guards import broken_rules, recently_broken_rules, unguarded
from services.wallet.tests.market import IDS, Market

Patch = pytest.MonkeyPatch
_enter, _payment = Book.enter, Deal.payment


def forget_the_counterpart(patch: Patch) -> None:
    """The last line of a payment, the platform's fee, is not written."""

    def enter(book: Book, transfer: Transfer, transfer_id: UUID) -> UUID:
        id = _enter(book, transfer, transfer_id)
        if transfer.kind == TransferKind.DEAL:
            book.lines.pop()
        return id

    patch.setattr(Book, "enter", enter)


def round_up_by_a_cent(patch: Patch) -> None:
    """Each balance is a cent more than it should be."""

    def enter(book: Book, transfer: Transfer, transfer_id: UUID) -> UUID:
        id = _enter(book, transfer, transfer_id)
        line = book.lines[-1]
        after = AccountState(line.after.balance_cents + 1, line.after.version)
        book.lines[-1] = replace(line, after=after)
        book.accounts[line.account_id] = after
        return id

    patch.setattr(Book, "enter", enter)


def round_up_the_amount_as_well(patch: Patch) -> None:
    """The last line of each transfer gives a cent more, and its balance fits that."""

    def enter(book: Book, transfer: Transfer, transfer_id: UUID) -> UUID:
        id = _enter(book, transfer, transfer_id)
        line = book.lines[-1]
        after = AccountState(line.after.balance_cents + 1, line.after.version)
        book.lines[-1] = replace(line, after=after, amount_cents=line.amount_cents + 1)
        book.accounts[line.account_id] = after
        return id

    patch.setattr(Book, "enter", enter)


def pay_on_credit(patch: Patch) -> None:
    """Nobody looks whether the balance covers a payment."""
    patch.setattr(Book, "covers", lambda book, transfer: True)


def pay_again_and_again(patch: Patch) -> None:
    """A paid deal goes on waiting, and each payment has a key of its own."""

    def payment(deal: Deal) -> Transfer | None:
        made = _payment(deal)
        return made and replace(made, idempotency_key=f"{made.idempotency_key}:{IDS.new()}")

    patch.setattr(Deal, "settle", lambda deal, now: None)
    patch.setattr(Deal, "payment", payment)


class Bug(NamedTuple):
    """A bug and what shows it; ``deposit`` is what the poster has when a deal of 600 is settled twice."""

    plant: Callable[[Patch], None]
    deposit: int
    refusal: str
    found: set[str]
    found_recently: set[str]


BUGS = [
    Bug(
        forget_the_counterpart,
        5000,
        "2 postings instead of 3",
        {"transfer_unbalanced", "transfer_incomplete", "postings_do_not_sum_to_0"},
        {"transfer_unbalanced", "transfer_incomplete"},
    ),
    Bug(
        round_up_by_a_cent,
        5000,
        "adds_up",
        {"balance_is_not_its_postings", "chain_is_broken", "balances_do_not_sum_to_0"},
        {"chain_is_broken", "balances_do_not_sum_to_0"},
    ),
    Bug(
        round_up_the_amount_as_well,
        5000,
        "do not sum to 0",
        {"transfer_unbalanced", "postings_do_not_sum_to_0", "payment_is_not_the_deals"},
        {"transfer_unbalanced", "balances_do_not_sum_to_0"},
    ),
    Bug(
        pay_on_credit,
        100,
        "balance_not_negative",
        {"balance_is_negative", "balance_was_negative"},
        {"balance_is_negative"},
    ),
    Bug(
        pay_again_and_again,
        5000,
        "deal_has_one_key",
        {"deal_is_paid_more_than_once", "payment_without_settled_deal"},
        set(),
    ),
]


async def settle_twice(unit: UnitOfWork, market: Market, cents: int) -> None:
    """A deposit, the settling of what waits for it, and the same again for nothing."""
    poster_id = market.poster.account_id
    funding = funding_of(unit.new_id(), poster_id, cents, "usd")
    await settle_waiting_deals(unit, poster_id, "usd", after=funding)
    await settle_waiting_deals(unit, poster_id, "usd")


@pytest.fixture
async def waiting(market: Market) -> Market:
    """A market with a deal of 600 that waits for money."""
    assert (await market.deal(an_actor("agent"), 600))["status"] == "pending"
    return market


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.plant.__name__)
class TestPlanted:
    """Each bug, with the guards of the database and without them."""

    async def test_the_database_refuses_it(self, waiting: Market, bug: Bug, monkeypatch: Patch) -> None:
        bug.plant(monkeypatch)
        with pytest.raises(IntegrityError, match=bug.refusal):
            async with waiting.wallet.database.transaction() as unit:
                await settle_twice(unit, waiting, bug.deposit)
        assert await waiting.available() == 0

    async def test_the_auditor_finds_it(self, waiting: Market, bug: Bug, monkeypatch: Patch) -> None:
        bug.plant(monkeypatch)
        async with unguarded(waiting.wallet) as unit:
            await settle_twice(unit, waiting, bug.deposit)
            await unit.flush()
            assert bug.found <= await broken_rules(unit.session)
            assert bug.found_recently <= await recently_broken_rules(unit.session)


async def test_without_a_bug_nothing_is_found(waiting: Market) -> None:
    async with unguarded(waiting.wallet) as unit:
        await settle_twice(unit, waiting, 5000)
        await unit.flush()
        assert await broken_rules(unit.session) | await recently_broken_rules(unit.session) == set()
