"""Splitting what is held, and what may follow on what."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joust_contracts.events.fundings import WHOLE_BPS, FundingSnapshot, Payee
from joust_contracts.vocabulary import EscrowStatus, FundingWish
from joust_wallet.escrows.errors import EscrowEnded
from joust_wallet.escrows.rules import deed_for, split
from services.wallet.tests.escrows.wishing import IDS, winners


@st.composite
def payees(draw: st.DrawFn) -> tuple[Payee, ...]:
    """One to eight payees with any shares that make a whole."""
    cuts = sorted(draw(st.sets(st.integers(1, WHOLE_BPS - 1), max_size=7)))
    shares = [end - begin for begin, end in zip([0, *cuts], [*cuts, WHOLE_BPS], strict=True)]
    return winners(*((UUID(int=number), share) for number, share in enumerate(shares)))


@given(st.integers(1, 10**12), payees())
def test_a_split_sums_to_the_cent_and_favours_the_best_rank_alone(
    amount: int, shared: tuple[Payee, ...]
) -> None:
    parts = split(amount, shared)
    assert sum(part.amount_cents for part in parts) == amount
    for payee, part in zip(shared[1:], parts[1:], strict=True):
        assert part.amount_cents == amount * payee.share_bps // WHOLE_BPS
    assert 0 <= parts[0].amount_cents - amount * shared[0].share_bps // WHOLE_BPS < len(shared)


def test_what_is_left_over_goes_to_the_best_rank_in_whatever_order_payees_are_named() -> None:
    first, second, third = winners((IDS.new(), 3334), (IDS.new(), 3333), (IDS.new(), 3333))
    parts = split(100, (third, first, second))
    assert [(part.rank, part.amount_cents) for part in parts] == [(1, 34), (2, 33), (3, 33)]


@pytest.mark.parametrize("status", [EscrowStatus.PAID, EscrowStatus.RELEASED])
@pytest.mark.parametrize("wish", FundingWish)
def test_what_was_paid_or_given_back_stays_so(status: EscrowStatus, wish: FundingWish) -> None:
    with pytest.raises(EscrowEnded):
        deed_for(status, wish)


@pytest.mark.parametrize(
    "changes",
    [
        {"wanted": FundingWish.PAYOUT},
        {"wanted": FundingWish.HOLD, "payees": winners((IDS.new(), WHOLE_BPS))},
        {"wanted": FundingWish.PAYOUT, "payees": winners((IDS.new(), 9_999))},
        {"wanted": FundingWish.REFUND},
        {"wanted": FundingWish.HOLD, "amount_cents": 0},
    ],
)
def test_a_wish_that_makes_no_sense_can_not_be_told(changes: dict[str, object]) -> None:
    fields = {
        "id": IDS.new(),
        "version": 1,
        "subject_id": IDS.new(),
        "kind": "drop",
        "payer_id": IDS.new(),
        "amount_cents": 100,
        "currency": "usd",
    }
    with pytest.raises(ValueError, match="1 validation error"):
        FundingSnapshot.model_validate({**fields, **changes})
