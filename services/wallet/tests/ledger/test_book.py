"""The open book against a model: plain balances in a dictionary."""

from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from joust_contracts.vocabulary import TransferKind
from joust_kit.ids import RandomIds
from joust_wallet.deals.rules import payment_of, platform_fee
from joust_wallet.deposits.rules import funding_of
from joust_wallet.ledger.book import AccountState, Book
from joust_wallet.ledger.errors import InsufficientFunds, TransferConflict
from joust_wallet.ledger.rules import AccountKey, AccountKind, Transfer

OWNERS = [UUID(int=number) for number in range(1, 5)]
OUTSIDE = AccountKey(None, AccountKind.EXTERNAL_FUNDING, "usd")
FEES = AccountKey(None, AccountKind.PLATFORM_FEES, "usd")
PURSES = {owner: AccountKey(owner, AccountKind.AVAILABLE, "usd") for owner in OWNERS}
amounts = st.integers(1, 10**12)
owners = st.sampled_from(OWNERS)


def an_empty_book() -> Book:
    return Book({account.id: AccountState(0, 0) for account in (OUTSIDE, FEES, *PURSES.values())}, {})


class BookMachine(RuleBasedStateMachine):
    """Deposits, payments and repetitions in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.book = an_empty_book()
        self.balances = dict.fromkeys(OWNERS, 0)
        self.fees = 0
        self.deposited = 0
        self.made: list[tuple[Transfer, UUID]] = []

    def enter(self, transfer: Transfer) -> bool:
        id = RandomIds().new()
        lines = len(self.book.lines)
        try:
            assert self.book.enter(transfer, id) == id
        except InsufficientFunds:
            assert len(self.book.lines) == lines
            return False
        self.made.append((transfer, id))
        return True

    @rule(owner=owners, cents=amounts)
    def deposit(self, owner: UUID, cents: int) -> None:
        assert self.enter(funding_of(RandomIds().new(), owner, cents, "usd"))
        self.balances[owner] += cents
        self.deposited += cents

    @rule(poster=owners, agent=owners, cents=amounts, bps=st.integers(0, 10_000))
    def pay(self, poster: UUID, agent: UUID, cents: int, bps: int) -> None:
        fee = platform_fee(cents, bps)
        payment = payment_of(
            RandomIds().new(),
            poster_id=poster,
            agent_account_id=agent,
            value_cents=cents,
            fee_cents=fee,
            currency="usd",
        )
        if payment is None:
            assert poster == agent
            assert fee == 0
            return
        needed = cents if poster != agent else fee
        assert self.enter(payment) == (self.balances[poster] >= needed)
        if self.made and self.made[-1][0] is payment:
            self.balances[poster] -= cents
            self.balances[agent] += cents - fee
            self.fees += fee

    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        if self.made:
            transfer, id = data.draw(st.sampled_from(self.made))
            assert self.book.enter(transfer, RandomIds().new()) == id

    @invariant()
    def balances_are_the_models(self) -> None:
        for owner, cents in self.balances.items():
            assert self.book.accounts[PURSES[owner].id].balance_cents == cents >= 0
        assert self.book.accounts[FEES.id].balance_cents == self.fees
        assert self.book.accounts[OUTSIDE.id].balance_cents == -self.deposited

    @invariant()
    def nothing_came_into_being(self) -> None:
        assert sum(state.balance_cents for state in self.book.accounts.values()) == 0
        assert sum(line.amount_cents for line in self.book.lines) == 0

    @invariant()
    def every_account_is_a_chain(self) -> None:
        last: dict[UUID, AccountState] = {}
        for line in self.book.lines:
            assert line.previous == last.get(line.account_id, AccountState(0, 0))
            assert line.after.version == line.previous.version + 1
            assert line.after.balance_cents == line.previous.balance_cents + line.amount_cents
            last[line.account_id] = line.after
        assert last == self.book.changed()


BookMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestBook = BookMachine.TestCase


def test_the_same_key_with_other_content_is_a_conflict() -> None:
    book = an_empty_book()
    deposit_id = RandomIds().new()
    book.enter(funding_of(deposit_id, OWNERS[0], 100, "usd"), RandomIds().new())
    with pytest.raises(TransferConflict):
        book.enter(funding_of(deposit_id, OWNERS[0], 101, "usd"), RandomIds().new())


def test_an_account_that_is_not_locked_can_not_be_touched() -> None:
    book = Book({}, {})
    changes = [(OUTSIDE, -1), (PURSES[OWNERS[0]], 1)]
    transfer = Transfer.of("k", TransferKind.DEPOSIT, UUID(int=9), changes)
    assert transfer is not None
    with pytest.raises(RuntimeError, match="not locked"):
        book.enter(transfer, RandomIds().new())
