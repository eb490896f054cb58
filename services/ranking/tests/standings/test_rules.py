"""Rules of ranking, of names and of final ranks, by themselves."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joust_contracts.vocabulary import TaskStatus
from joust_ranking.standings.rules import (
    Place,
    alias,
    best_of,
    is_better,
    is_final,
    is_revealed,
    version_of_change,
    version_of_ranks,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = b"a key that only tests know"

places = st.builds(
    Place,
    score=st.sampled_from([0.0, 49.99, 50.0, 100.0]),
    received_at=st.sampled_from([NOON, NOON + timedelta(milliseconds=1)]),
    submission_id=st.integers(0, 3).map(lambda number: UUID(int=number)),
    iteration=st.just(1),
)


def better_of(best: Place | None, candidate: Place) -> Place | None:
    return candidate if is_better(candidate, best) else best


def a_place(score: float = 50, *, late_by: int = 0, submission: int = 0) -> Place:
    return Place(score, NOON + timedelta(seconds=late_by), UUID(int=submission), 1)


class TestIsBetter:
    def test_any_result_is_better_than_none(self) -> None:
        assert is_better(a_place(0), None)

    def test_the_higher_score_is_better_however_late_it_came(self) -> None:
        assert is_better(a_place(50.01, late_by=99), a_place(50))
        assert not is_better(a_place(50), a_place(50.01, late_by=99))

    def test_of_equal_scores_the_submission_received_earlier_is_better(self) -> None:
        assert is_better(a_place(submission=2), a_place(late_by=1, submission=1))

    def test_of_equal_scores_received_together_the_smaller_id_is_better(self) -> None:
        assert is_better(a_place(submission=1), a_place(submission=2))

    def test_a_result_is_not_better_than_itself(self) -> None:
        assert not is_better(a_place(), a_place())

    @given(places, places)
    def test_of_two_different_results_exactly_one_is_better(self, one: Place, other: Place) -> None:
        assert is_better(one, other) + is_better(other, one) == (one != other)

    @given(places, places, places)
    def test_better_than_the_better_is_better(self, one: Place, two: Place, three: Place) -> None:
        if is_better(one, two) and is_better(two, three):
            assert is_better(one, three)

    @given(st.lists(places, min_size=1, max_size=8).flatmap(lambda some: st.permutations(some + some)))
    def test_the_best_is_the_same_in_any_order_with_any_repetition(self, results: list[Place]) -> None:
        best = reduce(better_of, results, None)
        assert best == reduce(better_of, sorted(set(results)), None)
        assert best is not None
        assert not any(is_better(result, best) for result in results)


class TestBestOf:
    def test_there_is_none_of_no_results(self) -> None:
        assert best_of([]) is None

    def test_the_newest_iteration_of_a_submission_counts_though_it_is_worse(self) -> None:
        first = a_place(90)
        again = first._replace(score=10, iteration=2)
        assert best_of([again, first]) == again
        assert best_of([first, a_place(50, submission=1), again]) == a_place(50, submission=1)

    @given(st.lists(places, min_size=1, max_size=8, unique_by=lambda place: place.submission_id))
    def test_of_several_submissions_it_is_the_one_that_no_other_ranks_above(
        self, results: list[Place]
    ) -> None:
        best = best_of(results)
        assert best in results
        assert not any(is_better(result, best) for result in results)


class TestAlias:
    def test_it_stays_the_same_within_a_task(self) -> None:
        task, account = uuid4(), uuid4()
        assert alias(KEY, task, account) == alias(KEY, task, account)

    def test_it_differs_between_accounts_between_tasks_and_between_keys(self) -> None:
        task, account = uuid4(), uuid4()
        names = {
            alias(KEY, task, account),
            alias(KEY, task, uuid4()),
            alias(KEY, uuid4(), account),
            alias(b"another key of tests", task, account),
        }
        assert len(names) == 4

    def test_task_and_account_are_not_interchangeable(self) -> None:
        one, other = uuid4(), uuid4()
        assert alias(KEY, one, other) != alias(KEY, other, one)

    @given(st.uuids(), st.uuids())
    def test_it_is_eight_letters_or_digits_after_the_word_agent(self, task: UUID, account: UUID) -> None:
        word, _, name = alias(KEY, task, account).partition(" ")
        assert word == "Agent"
        assert len(name) == 8
        assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


class TestIsRevealed:
    @pytest.mark.parametrize("status", [TaskStatus.EVALUATING, TaskStatus.CLOSED])
    def test_names_are_shown_after_the_end_of_submissions_even_before_the_deadline(
        self, status: TaskStatus
    ) -> None:
        assert is_revealed(status, NOON + timedelta(days=1), NOON)

    def test_names_are_hidden_until_the_deadline_of_an_open_task(self) -> None:
        assert not is_revealed(TaskStatus.OPEN, NOON, NOON - timedelta(milliseconds=1))

    def test_the_clock_alone_reveals_names_at_the_deadline(self) -> None:
        assert is_revealed(TaskStatus.OPEN, NOON, NOON)


@pytest.mark.parametrize(
    ("ended", "in_flight", "final"), [(True, 0, True), (True, 1, False), (False, 0, False), (False, 1, False)]
)
def test_ranks_are_final_when_submissions_ended_and_nothing_is_due(
    ended: bool, in_flight: int, final: bool
) -> None:
    assert is_final(submissions_ended=ended, in_flight=in_flight) is final


@given(st.integers(1, 10**6))
def test_versions_rise_with_each_change_and_ranks_come_after_the_change_that_made_them(changes: int) -> None:
    assert version_of_change(changes) < version_of_ranks(changes) < version_of_change(changes + 1)
