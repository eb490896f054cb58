"""Which score of several iterations counts. No I/O, no clock."""

from collections.abc import Sequence
from statistics import median

from joust_contracts.base import round_score
from joust_contracts.events.evaluations import Counting, Judgement
from joust_contracts.vocabulary import EvalMode

_BY_MEDIAN = frozenset({EvalMode.LLM, EvalMode.HYBRID})
"""A language model may say something else each time; then the median counts, so that asking again is no
lottery. Elsewhere the latest score replaces the one before."""


def counted(judgement: Judgement, mode: EvalMode, earlier: Sequence[Judgement]) -> Judgement:
    """The judgement of a new iteration with the score that counts from now on.

    ``earlier``: judgements of the submission's iterations before. Only those of the same judge version can be
    compared with the new one, so after a change of the judge counting begins anew.
    """
    own = judgement.final_score
    scores = [own]
    if mode in _BY_MEDIAN:
        scores += [score_of(each) for each in earlier if each.judge_version == judgement.judge_version]
    counting = Counting(
        iteration_score=own, iterations=len(scores), spread=round_score(max(scores) - min(scores))
    )
    counts = round_score(median(scores))
    return judgement.model_copy(update={"final_score": counts, "counting": counting})


def score_of(judgement: Judgement) -> float:
    """What an iteration alone was given."""
    return judgement.final_score if judgement.counting is None else judgement.counting.iteration_score
