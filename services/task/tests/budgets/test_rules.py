"""Who gets which part of a budget."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joust_contracts.events.fundings import WHOLE_BPS
from joust_contracts.events.pairwise_comparisons import PairwiseComparison
from joust_contracts.events.rankings import RankedEntry
from joust_contracts.vocabulary import BudgetStatus, ComparisonOutcome, EvalMode, RefundReason
from joust_kit.errors import Invalid
from joust_kit.ids import RandomIds
from joust_task.budgets.errors import BudgetSettled
from joust_task.budgets.rules import (
    TRANSITIONS,
    check_shares,
    check_transition,
    compares_best,
    paid_order,
    payees_of,
    refund_reason,
)

new_id = RandomIds().new


def ranked(count: int) -> tuple[RankedEntry, ...]:
    return tuple(
        RankedEntry(rank=rank, account_id=new_id(), agent_id=new_id(), submission_id=new_id(), final_score=50)
        for rank in range(1, count + 1)
    )


def test_the_best_gets_all_without_shares() -> None:
    ranks = ranked(3)
    assert [(each.account_id, each.share_bps) for each in payees_of(ranks, ())] == [
        (ranks[0].account_id, 10_000)
    ]


@pytest.mark.parametrize(
    ("ranks", "parts"),
    [(0, []), (1, [10_000]), (2, [7_000, 3_000]), (3, [6_000, 3_000, 1_000]), (5, [6_000, 3_000, 1_000])],
)
def test_shares_without_a_rank_go_to_the_best(ranks: int, parts: list[int]) -> None:
    assert [each.share_bps for each in payees_of(ranked(ranks), [6_000, 3_000, 1_000])] == parts


@given(
    st.integers(0, 10), st.lists(st.integers(1, 10_000), max_size=10).filter(lambda all: sum(all) < 10_000)
)
def test_parts_sum_to_the_whole_in_the_order_of_ranks(count: int, first: Sequence[int]) -> None:
    ranks = ranked(count)
    payees = payees_of(tuple(reversed(ranks)), [*first, WHOLE_BPS - sum(first)])
    assert [each.rank for each in payees] == list(range(1, len(payees) + 1))
    assert sum(each.share_bps for each in payees) == (WHOLE_BPS if ranks else 0)


@pytest.mark.parametrize(
    ("escrow", "shares"), [(False, [10_000]), (True, [9_999]), (True, [5_000, 5_001]), (True, [1])]
)
def test_shares_that_are_not_the_whole_or_have_no_escrow_are_refused(escrow: bool, shares: list[int]) -> None:
    with pytest.raises(Invalid):
        check_shares(escrow=escrow, shares=shares)


@pytest.mark.parametrize(
    ("competitors", "closed_early", "reason"),
    [
        (0, True, RefundReason.CANCELLED),
        (0, False, RefundReason.NO_SUBMISSIONS),
        (2, True, RefundReason.NO_WINNER),
        (2, False, RefundReason.NO_WINNER),
    ],
)
def test_a_refund_says_why_nobody_is_paid(competitors: int, closed_early: bool, reason: RefundReason) -> None:
    assert refund_reason(competitors=competitors, closed_early=closed_early) is reason


def compared(one: RankedEntry, other: RankedEntry, preferred: UUID | None) -> PairwiseComparison:
    decided = ComparisonOutcome.UNDECIDED if preferred is None else ComparisonOutcome.PREFERRED
    return PairwiseComparison(
        id=new_id(),
        version=1,
        task_id=new_id(),
        submission_ids=(one.submission_id, other.submission_id),
        outcome=decided,
        preferred_id=preferred,
        completed_at=datetime.now(UTC),
    )


def test_the_best_two_change_places_if_the_second_was_found_better_and_nobody_else_moves() -> None:
    first, second, third = ranked(3)
    for pair in ((first, second), (second, first)):
        places = paid_order((third, first, second), [compared(*pair, second.submission_id)])
        assert places is not None
        assert [(each.rank, each.account_id) for each in places] == [
            (1, second.account_id),
            (2, first.account_id),
            (3, third.account_id),
        ]


@pytest.mark.parametrize("preferred", ["first", None])
def test_ranks_hold_if_the_first_is_confirmed_or_nothing_was_decided(preferred: str | None) -> None:
    first, second, third = ranked(3)
    found = compared(first, second, first.submission_id if preferred else None)
    assert paid_order((first, second, third), [found]) == (first, second, third)


def test_nobody_is_paid_before_the_best_two_of_now_were_compared() -> None:
    first, second, third = ranked(3)
    others = [compared(first, third, third.submission_id), compared(second, third, None)]
    assert paid_order((first, second, third), others) is None
    assert paid_order((first,), []) == (first,)
    assert paid_order((), []) == ()


@pytest.mark.parametrize(
    ("mode", "test_weight", "has_tests", "compares"),
    [
        (EvalMode.LLM, 0, False, True),
        (EvalMode.LLM, 0, True, True),
        (EvalMode.LLM, 60, False, True),
        (EvalMode.LLM, 60, True, False),
        (EvalMode.HYBRID, 0, False, False),
        (EvalMode.CONTAINER, 0, False, False),
        (EvalMode.EXTERNAL, 0, False, False),
    ],
)
def test_only_ranks_that_a_reader_alone_has_made_are_looked_at_again(
    mode: EvalMode, test_weight: float, has_tests: bool, compares: bool
) -> None:
    assert compares_best(mode, test_weight, has_tests=has_tests) is compares


@pytest.mark.parametrize("now", BudgetStatus)
@pytest.mark.parametrize("then", BudgetStatus)
def test_a_step_that_the_table_does_not_name_is_refused(now: BudgetStatus, then: BudgetStatus) -> None:
    if then in TRANSITIONS[now]:
        check_transition(now, then)
        return
    with pytest.raises(BudgetSettled):
        check_transition(now, then)
