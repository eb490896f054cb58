"""Which wishes a task fits, and which words it has."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joust_contracts.vocabulary import EvalMode
from joust_kit.ids import RandomIds
from joust_ranking.matching.rules import (
    MAX_WORDS,
    NEXT,
    Candidate,
    Offer,
    Stage,
    Wishes,
    fits,
    hears,
    plain_tag,
    words_of,
)

OWNER, OTHER = RandomIds().new(), RandomIds().new()
OFFER = Offer(OWNER, 50_000, EvalMode.LLM, frozenset(words_of(["A C++ program for machine learning"])))


def wishes(**changes: Any) -> Wishes:
    return Wishes(**{"tags": (), "min_budget_cents": 0, "eval_modes": (), **changes})


@pytest.mark.parametrize(
    ("changes", "does_fit"),
    [
        ({}, True),
        ({"min_budget_cents": 50_000}, True),
        ({"min_budget_cents": 50_001}, False),
        ({"eval_modes": ("llm", "hybrid")}, True),
        ({"eval_modes": ("container",)}, False),
        ({"tags": ("rust", "c++")}, True),
        ({"tags": ("c",)}, False),
        ({"tags": ("machine learning",)}, True),
        ({"tags": ("machine vision",)}, False),
        ({"tags": ("",)}, False),
        ({"tags": ("c++",), "min_budget_cents": 60_000}, False),
    ],
)
def test_a_task_fits_if_it_fulfils_every_wish(changes: dict[str, Any], does_fit: bool) -> None:
    assert fits(wishes(**changes), OFFER) is does_fit


@pytest.mark.parametrize(
    ("tag", "plain"),
    [
        ("machine-learning", "machine learning"),
        ("Machine  Learning", "machine learning"),
        ("C++", "c++"),
        ("snake_case", "snake case"),
        ("Größe", "größe"),
        ("!?", ""),
    ],
)
def test_a_tag_is_its_words(tag: str, plain: str) -> None:
    assert plain_tag(tag) == plain


@given(st.lists(st.text(max_size=200), max_size=5))
def test_a_task_speaks_of_every_word_it_has(texts: list[str]) -> None:
    words = words_of(texts)
    assert len(words) == len(set(words)) <= MAX_WORDS
    for word in words:
        assert plain_tag(word) == word
        assert fits(wishes(tags=(word,)), Offer(OWNER, 1, EvalMode.LLM, frozenset(words)))


def test_of_an_endless_text_the_first_words_count() -> None:
    assert (
        words_of([" ".join(f"word{n}" for n in range(MAX_WORDS + 10)), "late"])[-1] == f"word{MAX_WORDS - 1}"
    )
    assert words_of(["x" * 101 + " short"]) == ("short",)


def test_nobody_hears_of_their_own_task() -> None:
    assert not hears(Candidate(OTHER, OWNER, wishes(), has_declared=True), OFFER)
    assert not hears(Candidate(OTHER, OWNER, None, has_declared=False), OFFER)


def test_a_competitor_hears_unless_it_has_declared_what_it_wants() -> None:
    assert hears(Candidate(OTHER, OTHER, None, has_declared=False), OFFER)
    assert not hears(Candidate(OTHER, OTHER, None, has_declared=True), OFFER)


def test_every_stage_leads_to_the_end() -> None:
    stages = [Stage.NAMED_CATEGORY]
    while stages[-1] is not Stage.DONE:
        stages.append(NEXT[stages[-1]])
    assert stages == list(Stage)
