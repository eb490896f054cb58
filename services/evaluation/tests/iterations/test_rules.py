"""Which score of several iterations counts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joust_contracts.events.evaluations import Judgement, JudgeVersion
from joust_contracts.vocabulary import EvalMode
from joust_evaluation.iterations.rules import counted, score_of

SCORES = st.lists(st.floats(0, 100).map(lambda score: round(score, 2)), min_size=1, max_size=8)


def judged(score: float, prompt: str = "1", **changes: Any) -> Judgement:
    version = JudgeVersion(mode=EvalMode.LLM, judge="m", rubric_hash="r", model="m", prompt_version=prompt)
    values = {"final_score": score, "dimensions": (), "reasoning": "", "judge": "m", "judge_version": version}
    return Judgement(**{**values, **changes})


def history(scores: list[float], mode: EvalMode = EvalMode.LLM) -> list[Judgement]:
    """Judgements one after the other."""
    done: list[Judgement] = []
    for score in scores:
        done.append(counted(judged(score), mode, done))
    return done


@pytest.mark.parametrize("mode", [EvalMode.LLM, EvalMode.HYBRID])
def test_where_a_language_model_judges_the_median_counts(mode: EvalMode) -> None:
    done = history([60, 100, 70], mode)
    assert [each.final_score for each in done] == [60, 80, 70]
    assert [score_of(each) for each in done] == [60, 100, 70]
    last = done[-1].counting
    assert last is not None
    assert (last.iteration_score, last.iterations, last.spread) == (70, 3, 40)


@pytest.mark.parametrize("mode", [EvalMode.CONTAINER, EvalMode.EXTERNAL])
def test_elsewhere_the_latest_score_replaces_the_one_before(mode: EvalMode) -> None:
    done = history([60, 100, 70], mode)
    assert [each.final_score for each in done] == [60, 100, 70]
    assert done[-1].counting is not None
    assert (done[-1].counting.iterations, done[-1].counting.spread) == (1, 0)


def test_after_a_change_of_the_judge_counting_begins_anew() -> None:
    old = history([60, 100])
    new = counted(judged(20, prompt="2"), EvalMode.LLM, old)
    assert new.final_score == 20
    assert counted(judged(40, prompt="2"), EvalMode.LLM, [*old, new]).final_score == 30


def test_a_score_without_a_version_is_not_compared() -> None:
    old = judged(90, judge_version=None)
    assert counted(judged(50), EvalMode.LLM, [old]).final_score == 50


@given(scores=SCORES)
def test_asking_again_is_no_lottery(scores: list[float]) -> None:
    final = history(scores)[-1].final_score
    assert min(scores) <= final <= max(scores)
    assert sum(score > final + 0.005 for score in scores) <= len(scores) / 2
