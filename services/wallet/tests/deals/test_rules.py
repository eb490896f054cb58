"""Fees and payments as pure values."""

from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from joust_contracts.vocabulary import DealStatus, TaskStatus
from joust_wallet.deals.errors import DealAlreadySettled, NotTheOwner, TaskNotClosed, TaskNotFound
from joust_wallet.deals.rules import check_task, check_transition, payment_of, platform_fee
from joust_wallet.ledger.rules import AccountKind

DEAL, POSTER, AGENT = UUID(int=1), UUID(int=2), UUID(int=3)
values = st.integers(1, 10**12)
shares = st.integers(0, 10_000)


@given(values, shares)
@example(1, 9999)
@example(10**12, 10_000)
@example(10**12, 1)
def test_value_is_split_to_the_cent(value: int, bps: int) -> None:
    fee = platform_fee(value, bps)
    assert 0 <= fee <= value
    assert Fraction(value * bps, 10_000) - 1 < fee <= Fraction(value * bps, 10_000)
    payment = payment_of(
        DEAL, poster_id=POSTER, agent_account_id=AGENT, value_cents=value, fee_cents=fee, currency="usd"
    )
    assert payment is not None
    changes = {(entry.account.owner_id, entry.account.kind): entry.amount_cents for entry in payment.entries}
    assert changes.pop((POSTER, AccountKind.AVAILABLE)) == -value
    agents = changes.pop((AGENT, AccountKind.AVAILABLE), 0)
    fees = changes.pop((None, AccountKind.PLATFORM_FEES), 0)
    assert not changes
    assert (agents, fees) == (value - fee, fee)
    assert agents + fees == value


@pytest.mark.parametrize(
    ("value", "bps", "fee"),
    [(1000, 1000, 100), (999, 1000, 99), (9, 1000, 0), (1, 10_000, 1), (12345, 0, 0), (0, 1000, 0)],
)
def test_a_broken_cent_is_the_agents(value: int, bps: int, fee: int) -> None:
    assert platform_fee(value, bps) == fee


def test_a_deal_of_0_moves_no_money() -> None:
    payment = payment_of(
        DEAL, poster_id=POSTER, agent_account_id=AGENT, value_cents=0, fee_cents=0, currency="usd"
    )
    assert payment is None


@given(values, shares)
def test_who_buys_from_an_own_agent_pays_the_fee_alone(value: int, bps: int) -> None:
    fee = platform_fee(value, bps)
    payment = payment_of(
        DEAL, poster_id=POSTER, agent_account_id=POSTER, value_cents=value, fee_cents=fee, currency="usd"
    )
    assert (payment is None) == (fee == 0)
    if payment is not None:
        assert sorted(entry.amount_cents for entry in payment.entries) == [-fee, fee]


def test_a_settled_deal_can_not_be_settled_again() -> None:
    check_transition(DealStatus.PENDING, DealStatus.SETTLED)
    for now, then in (("settled", "settled"), ("settled", "pending"), ("pending", "pending")):
        with pytest.raises(DealAlreadySettled):
            check_transition(DealStatus(now), DealStatus(then))


@pytest.mark.parametrize("status", [TaskStatus.DRAFT, TaskStatus.OPEN, TaskStatus.EVALUATING])
def test_the_owner_can_buy_only_once_the_task_is_closed(status: TaskStatus) -> None:
    with pytest.raises(TaskNotClosed):
        check_task((POSTER, status), POSTER)
    check_task((POSTER, TaskStatus.CLOSED), POSTER)


@pytest.mark.parametrize("status", list(TaskStatus))
def test_a_stranger_learns_of_a_task_only_once_it_is_public(status: TaskStatus) -> None:
    with pytest.raises(TaskNotFound if status == TaskStatus.DRAFT else NotTheOwner):
        check_task((POSTER, status), AGENT)
    with pytest.raises(TaskNotFound):
        check_task(None, AGENT)
