"""Prices, time limits, titles and the table of transitions."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joust_contracts.vocabulary import DropPack, DropStatus
from joust_task.drops.errors import InvalidStep
from joust_task.drops.rules import TRANSITIONS, Bounds, check_step, price_of, time_limit_of, title_of

BOUNDS = Bounds(50, 1_000_000, 60, 86_400, 300)


def test_every_status_has_its_transitions() -> None:
    assert set(TRANSITIONS) == set(DropStatus)


@pytest.mark.parametrize(("now", "then"), list(product(DropStatus, DropStatus)))
def test_a_step_is_in_the_table_or_refused(now: DropStatus, then: DropStatus) -> None:
    if then in TRANSITIONS[now]:
        check_step(now, then)
    else:
        with pytest.raises(InvalidStep):
            check_step(now, then)


def test_a_pack_sets_the_bounty_that_nobody_named() -> None:
    assert price_of(DropPack.ROAST, None, BOUNDS) == 100
    assert price_of(DropPack.CODE, None, BOUNDS) == 300


@given(st.sampled_from(DropPack), st.integers(min_value=1) | st.none())
def test_prices_and_time_limits_are_clamped(pack: DropPack, wanted: int | None) -> None:
    assert 50 <= price_of(pack, wanted, BOUNDS) <= 1_000_000
    assert 60 <= time_limit_of(wanted, BOUNDS) <= 86_400
    if wanted is not None and 60 <= wanted <= 86_400:
        assert price_of(pack, wanted, BOUNDS) == time_limit_of(wanted, BOUNDS) == wanted


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("Give me three taglines", "Give me three taglines"),
        ("\n\n# Roast   this README\nIt is long.", "Roast this README"),
        ("  \n ---", "Untitled"),
        ("word " * 40, f"{'word ' * 14}word…"),
        ("x" * 200, f"{'x' * 79}…"),
    ],
)
def test_a_title_is_the_first_line_that_says_something(prompt: str, title: str) -> None:
    assert title_of(prompt) == title


@given(st.text(max_size=300))
def test_a_title_is_one_short_line(prompt: str) -> None:
    title = title_of(prompt)
    assert 1 <= len(title) <= 80
    assert len(title.splitlines()) == 1
