"""Rules of an evaluation's life and of its score."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joust_contracts.events.tasks import Criterion
from joust_evaluation.evaluations.errors import InvalidTransition
from joust_evaluation.evaluations.rules import (
    MAX_WAIT,
    EvaluationStatus,
    check_transition,
    has_waited_too_long,
    is_finished,
    judgement_of,
)
from joust_evaluation.judges.base import CriterionScore, Verdict
from joust_evaluation.judges.scoring import weighted_mean

SCORES = st.floats(0, 100, allow_nan=False)
WEIGHTS = st.floats(0.01, 100, allow_nan=False)
ALLOWED = {
    ("queued", "running"),
    ("queued", "failed"),
    ("running", "running"),
    ("running", "completed"),
    ("running", "failed"),
}


@pytest.mark.parametrize(("now", "then"), list(product(EvaluationStatus, EvaluationStatus)))
def test_only_the_steps_of_the_table_are_allowed(now: EvaluationStatus, then: EvaluationStatus) -> None:
    if (now.value, then.value) in ALLOWED:
        check_transition(now, then)
    else:
        with pytest.raises(InvalidTransition):
            check_transition(now, then)


def test_completed_and_failed_are_final() -> None:
    assert [status.value for status in EvaluationStatus if is_finished(status)] == ["completed", "failed"]


def test_waiting_ends_after_an_hour() -> None:
    now = datetime.now(UTC)
    assert not has_waited_too_long(now - MAX_WAIT, now)
    assert has_waited_too_long(now - MAX_WAIT - timedelta(seconds=1), now)


@given(st.lists(st.tuples(SCORES, WEIGHTS), min_size=1, max_size=50))
def test_a_final_score_lies_between_the_lowest_and_the_highest(pairs: list[tuple[float, float]]) -> None:
    scores, weights = zip(*pairs, strict=True)
    mean = weighted_mean(scores, weights)
    assert min(scores) - 0.01 <= mean <= max(scores) + 0.01
    assert 0 <= mean <= 100
    assert round(mean, 2) == mean


@pytest.mark.parametrize(
    ("scores", "weights", "expected"),
    [
        ([80, 60], [70, 30], 74),
        ([100, 100, 100], [33.3, 33.3, 33.4], 100),
        ([50, 100], [0, 100], 100),
        ([50, 100], [0, 0], 75),
        ([], [], 0),
        ([33.333], [100], 33.33),
        ([0.125], [100], 0.12),
    ],
)
def test_the_final_score_is_the_mean_by_weight(
    scores: list[float], weights: list[float], expected: float
) -> None:
    assert weighted_mean(scores, weights) == expected


def test_a_judgement_in_mode_llm_has_the_model_s_score_as_its_final_score_and_no_others() -> None:
    criteria = (
        Criterion(name="A", weight=75, position=0),
        Criterion(name="B", weight=25, position=1),
    )
    verdict = Verdict((CriterionScore(90, "good"), CriterionScore(50.005, "fair")), "in all", "offline")
    judgement = judgement_of(verdict, criteria)
    assert judgement.final_score == judgement.llm_score == 80.0
    assert judgement.test_score is None
    assert judgement.container_score is None
    assert [(each.criterion_name, each.weight) for each in judgement.dimensions] == [("A", 75), ("B", 25)]


def test_a_verdict_that_does_not_fit_the_rubric_is_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        judgement_of(Verdict((), "", "offline"), (Criterion(name="A", weight=100, position=0),))
