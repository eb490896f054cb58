"""How the offline judge compares short answers to a prompt: it counts words. Pure and deterministic.

It wants no form and no length of a report: an answer to a drop may be three lines. Empty, copied, padded and
keyword-stuffed answers do not win.
"""

from math import exp

from joust_contracts.base import round_score
from joust_evaluation.judges.artifact import SubmittedFiles
from joust_evaluation.judges.comparing import Comparison, ComparisonRequest, Opinion
from joust_evaluation.judges.injection import without_injections
from joust_evaluation.judges.text import clamp, meaningful_words, share
from joust_evaluation.judges.work import study

_RELEVANCE, _SUBSTANCE = 0.4, 0.6
"""Parts of a score; they sum to 1."""
_OWN_TERMS_HALFWAY = 20
"""Distinct words beyond the prompt's own at which substance is 63 %: three good sentences."""
_LEAST_SUBSTANCE = 0.1
"""With less substance than this, the whole score shrinks: the prompt's own words are no answer."""
_LEAST_FACTOR = 0.2
"""What padding and word lists leave of a score at the least."""
_DISCLAIMER = "No language model was used."


def compare_offline(request: ComparisonRequest, judge: str) -> Comparison:
    """The comparison, which depends on ``request`` alone."""
    wanted = meaningful_words(request.prompt)
    return Comparison(tuple(_opinion(entry, wanted) for entry in request.entries), judge)


def _opinion(entry: SubmittedFiles, wanted: dict[str, str]) -> Opinion:
    work = study(without_injections(entry), set(wanted))
    if not work.terms:
        return Opinion(0.0, f"{_DISCLAIMER} The answer holds no text that could be judged.")
    substance = 1 - exp(-work.own_terms / _OWN_TERMS_HALFWAY)
    relevance = share(wanted, work.terms) if wanted else substance
    honesty = max(_LEAST_FACTOR, work.naturalness) * max(_LEAST_FACTOR, work.freshness)
    factor = honesty * clamp(substance / _LEAST_SUBSTANCE)
    score = 100 * clamp((_RELEVANCE * relevance + _SUBSTANCE * substance) * factor)
    found = sum(term in work.terms for term in wanted)
    said = (
        f"{_DISCLAIMER} The answer uses {found} of {len(wanted)} words of the prompt and {work.own_terms} "
        "of its own."
    )
    if honesty < 1:
        said += " Lowered, because it repeats itself or reads like a list of words."
    return Opinion(round_score(score), f"{said} {entry.notes}".strip())
