"""How far votes agree, and their middle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joust_evaluation.judges.agreement import is_majority, krippendorff_alpha, middle, nearest, spread

SCORES = st.lists(st.floats(0, 100), min_size=1, max_size=7)


def test_alpha_is_that_of_the_published_example() -> None:
    """K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), part E: four observers, twelve units,
    values missing; interval alpha 0.849."""
    observers = ["1233214 12...", "12332241 25.3", ".33323 42251."]
    observers = [
        "12332141 2...".replace(" ", ""),
        "1233224125.3",
        ".3332342251.",
        "1233244125 1.".replace(" ", ""),
    ]
    units = [[float(row[at]) for row in observers if row[at] != "."] for at in range(12)]
    assert krippendorff_alpha(units) == pytest.approx(0.849, abs=0.0005)


def test_full_agreement_is_one() -> None:
    assert krippendorff_alpha([[10, 10, 10], [90, 90, 90]]) == 1


def test_systematic_disagreement_is_below_zero() -> None:
    alpha = krippendorff_alpha([[0, 100], [100, 0]])
    assert alpha is not None
    assert alpha < 0


@pytest.mark.parametrize("units", [[], [[1, 2]], [[1], [2], [3]], [[5, 5], [5, 5]]])
def test_alpha_is_not_defined_without_units_or_differences(units: list[list[float]]) -> None:
    assert krippendorff_alpha(units) is None


@given(scores=SCORES)
def test_the_middle_lies_within_and_one_wild_vote_of_three_does_not_move_it_out(scores: list[float]) -> None:
    assert min(scores) <= middle(scores) <= max(scores)
    assert 50 <= middle([50, 60, scores[0]]) <= 60


@given(scores=SCORES)
def test_the_nearest_is_as_near_as_any(scores: list[float]) -> None:
    wanted = middle(scores)
    assert abs(scores[nearest(scores, wanted)] - wanted) == min(abs(score - wanted) for score in scores)
    assert spread(scores) == max(scores) - min(scores)


@pytest.mark.parametrize(
    ("answered", "asked", "is_enough"),
    [(0, 1, False), (1, 1, True), (1, 2, False), (2, 3, True), (2, 4, False)],
)
def test_more_than_half_is_a_majority(answered: int, asked: int, is_enough: bool) -> None:
    assert is_majority(answered, asked) == is_enough
