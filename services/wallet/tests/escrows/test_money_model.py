"""Deposits, bounties and withdrawals against a model: what each account has and what is held, in two numbers."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from joust_contracts.events.fundings import WHOLE_BPS, FundingEvent
from joust_contracts.internal.payouts import SetPayout
from joust_contracts.internal.wallets import CreateDeposit
from joust_contracts.internal.withdrawals import CreateWithdrawal
from joust_contracts.vocabulary import EscrowStatus, PayoutMethod
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.errors import JoustError
from joust_kit.identity import Actor
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_wallet.deposits.commands import make_deposit
from joust_wallet.escrows.commands import follow_wish
from joust_wallet.escrows.errors import EscrowEnded
from joust_wallet.ledger.errors import InsufficientFunds
from joust_wallet.payouts.commands import set_payout
from joust_wallet.withdrawals.commands import begin_attempt, note_outcome, request_withdrawal
from joust_wallet.withdrawals.errors import NotCovered
from joust_wallet.withdrawals.providers import Outcome, Paid, Refused, Unanswered
from services.wallet.tests.escrows.wishing import Posted, balance

Run = Callable[[Coroutine[Any, Any, Any]], Any]

STEPS = 50
NAMES = ("ada", "bob", "cy")
names = st.sampled_from(NAMES)
amounts = st.integers(1, 500)
ENDED = {EscrowStatus.PAID, EscrowStatus.RELEASED}
OUTCOMES: tuple[Outcome, ...] = (Paid("ref"), Refused("closed"), Unanswered("lost"))


@dataclass
class Purse:
    """What an account has, as the model knows it."""

    available: int = 0
    held: int = 0

    def hold(self, cents: int) -> None:
        self.available -= cents
        self.held += cents


@dataclass(eq=False)
class Drop:
    """Posted work, as the model knows it."""

    payer: str
    posted: Posted
    status: EscrowStatus | None = None
    version: int = 0
    """Of the newest wish that the wallet has heard."""


@dataclass(eq=False)
class Taken:
    """A withdrawal whose end nobody knows yet."""

    owner: str
    id: UUID
    cents: int


class MoneyMachine(RuleBasedStateMachine):
    """Three accounts; whatever can become of their money, in any order, and then again too late."""

    def __init__(self, wallet: ServiceUnderTest, run: Run) -> None:
        super().__init__()
        self._wallet = wallet
        self._run = run
        self._settings: Any = wallet.service.settings
        self._drops: list[Drop] = []
        self._taken: list[Taken] = []
        self._inside = 0
        """All that came in and did not go out."""

    @initialize()
    def sign_up(self) -> None:
        self._actors: dict[str, Actor] = {name: an_actor(name) for name in NAMES}
        self._purses = {name: Purse() for name in NAMES}
        where = SetPayout(payout_method=PayoutMethod.STRIPE_USD, payout_address="acct_1")
        for actor in self._actors.values():
            self._do(lambda unit, actor=actor: set_payout(unit, actor, where))

    @rule(name=names, cents=amounts)
    def deposit(self, name: str, cents: int) -> None:
        wanted = CreateDeposit(amount_cents=cents)
        self._do(lambda unit: make_deposit(unit, self._actors[name], wanted, self._settings))
        self._purses[name].available += cents
        self._inside += cents

    @rule(name=names, cents=amounts)
    def post(self, name: str, cents: int) -> None:
        drop = Drop(name, Posted(self._wallet, self._actors[name].account_id, cents))
        self._drops.append(drop)
        self._request(drop)

    @precondition(lambda self: self._open())
    @rule(data=st.data())
    def request_again(self, data: st.DataObject) -> None:
        self._request(data.draw(st.sampled_from(self._open())))

    @precondition(lambda self: self._open())
    @rule(data=st.data(), winner=names, second=names, bps=st.integers(1, WHOLE_BPS))
    def pay(self, data: st.DataObject, winner: str, second: str, bps: int) -> None:
        drop = data.draw(st.sampled_from(self._open()))
        shares = [(winner, bps), (second, WHOLE_BPS - bps)] if bps < WHOLE_BPS else [(winner, bps)]
        accounts = tuple((self._actors[name].account_id, share) for name, share in shares)
        told = self._tell(drop, drop.posted.payout(*accounts, version=drop.version + 1))
        cents, purse = drop.posted.amount_cents, self._purses[drop.payer]
        if drop.status is not EscrowStatus.HELD:
            if purse.available < cents:
                assert isinstance(told, InsufficientFunds)
                return
            purse.hold(cents)
        assert told is True
        purse.held -= cents
        of_the_second = cents * (WHOLE_BPS - bps) // WHOLE_BPS
        self._purses[second].available += of_the_second
        self._purses[winner].available += cents - of_the_second
        drop.status, drop.version = EscrowStatus.PAID, drop.version + 1

    @precondition(lambda self: self._open())
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        drop = data.draw(st.sampled_from(self._open()))
        assert self._tell(drop, drop.posted.refund(drop.version + 1)) is True
        if drop.status is EscrowStatus.HELD:
            self._purses[drop.payer].hold(-drop.posted.amount_cents)
        drop.status, drop.version = EscrowStatus.RELEASED, drop.version + 1

    @precondition(lambda self: self._drops)
    @rule(data=st.data())
    def come_too_late(self, data: st.DataObject) -> None:
        """What was heard before changes nothing, and nothing follows on what is final."""
        drop = data.draw(st.sampled_from(self._drops))
        winner = self._actors["ada"].account_id
        for wish in (
            drop.posted.request(drop.version),
            drop.posted.refund(drop.version),
            drop.posted.pay_all_to(winner, drop.version),
        ):
            assert self._tell(drop, wish) is False
        if drop.status in ENDED:
            later = drop.version + 1
            for wish in (
                drop.posted.request(later),
                drop.posted.refund(later),
                drop.posted.pay_all_to(winner, later),
            ):
                assert isinstance(self._tell(drop, wish), EscrowEnded)

    @rule(name=names, cents=amounts)
    def withdraw(self, name: str, cents: int) -> None:
        wanted = CreateWithdrawal(amount_cents=cents)
        told = self._do(lambda unit: request_withdrawal(unit, self._actors[name], wanted, self._settings))
        if self._purses[name].available < cents:
            assert isinstance(told, NotCovered)
            assert told.details == {"required": cents, "available": self._purses[name].available}
            return
        self._purses[name].hold(cents)
        self._taken.append(Taken(name, told.id, cents))

    @precondition(lambda self: self._taken)
    @rule(data=st.data(), outcome=st.sampled_from(OUTCOMES))
    def send(self, data: st.DataObject, outcome: Outcome) -> None:
        taken = data.draw(st.sampled_from(self._taken))
        order = self._do(lambda unit: begin_attempt(unit, taken.id))
        assert (order.idempotency_key, order.amount_cents) == (str(taken.id), taken.cents)
        for _ in range(2):  # a second worker with the same answer changes nothing
            self._do(lambda unit: note_outcome(unit, taken.id, outcome))
            if isinstance(outcome, Unanswered):
                return
        self._taken.remove(taken)
        if isinstance(outcome, Paid):
            self._purses[taken.owner].held -= taken.cents
            self._inside -= taken.cents
        else:
            self._purses[taken.owner].hold(-taken.cents)

    @invariant()
    def is_as_the_model_says(self) -> None:
        if not hasattr(self, "_purses"):
            return
        for name, purse in self._purses.items():
            real = self._run(balance(self._wallet, self._actors[name].account_id))
            assert real == (purse.available, purse.held)
            assert min(real) >= 0
        assert sum(purse.available + purse.held for purse in self._purses.values()) == self._inside
        held = [drop.posted.amount_cents for drop in self._drops if drop.status is EscrowStatus.HELD]
        held += [taken.cents for taken in self._taken]
        assert sum(purse.held for purse in self._purses.values()) == sum(held)

    def _open(self) -> list[Drop]:
        return [drop for drop in self._drops if drop.status not in ENDED]

    def _request(self, drop: Drop) -> None:
        assert self._tell(drop, drop.posted.request(drop.version + 1)) is True
        drop.version += 1
        cents, purse = drop.posted.amount_cents, self._purses[drop.payer]
        if drop.status is EscrowStatus.HELD:
            return
        if purse.available >= cents:
            purse.hold(cents)
            drop.status = EscrowStatus.HELD
        else:
            drop.status = EscrowStatus.REJECTED

    def _tell(self, drop: Drop, wish: FundingEvent) -> Any:
        assert wish.funding.subject_id == drop.posted.id
        return self._do(lambda unit: follow_wish(unit, wish.funding))

    def _do(self, deed: Callable[[UnitOfWork], Awaitable[Any]]) -> Any:
        """What the deed returns, or the refusal that it raises; it is committed unless refused."""

        async def work() -> Any:
            try:
                async with self._wallet.database.transaction() as unit:
                    return await deed(unit)
            except JoustError as refusal:
                return refusal

        return self._run(work())


@pytest.mark.parametrize("examples", [10, pytest.param(400, marks=pytest.mark.campaign)])
async def test_money_is_always_where_the_model_says(wallet: ServiceUnderTest, examples: int) -> None:
    loop = asyncio.get_running_loop()

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(timeout=60)

    steps = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    # Its rules wait for the loop of the fixtures, so they run beside it.
    await asyncio.to_thread(run_state_machine_as_test, lambda: MoneyMachine(wallet, run), settings=steps)
