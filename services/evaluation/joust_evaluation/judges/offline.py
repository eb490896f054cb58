"""The offline judge: counts instead of understanding, so that everything runs without a network.

It is deterministic and says in each reasoning that no language model was used. It is for development: who
knows how it counts can please it. But empty, copied, padded and keyword-stuffed work does not win, and more
work on the subject scores higher than less.
"""

import asyncio
from dataclasses import dataclass
from math import exp

from joust_contracts.base import round_score
from joust_contracts.events.tasks import Criterion
from joust_evaluation.judges.base import CriterionScore, JudgeIdentity, JudgeRequest, Verdict
from joust_evaluation.judges.build import build_sentence
from joust_evaluation.judges.claims import disagreements
from joust_evaluation.judges.comparing import Comparison, ComparisonRequest
from joust_evaluation.judges.injection import without_injections
from joust_evaluation.judges.offline_comparing import compare_offline
from joust_evaluation.judges.text import clamp, meaningful_words, share, stem, words
from joust_evaluation.judges.work import Work, study

NAME = "offline"
_DISCLAIMER = "No language model was used."

_RELEVANCE, _SUBSTANCE, _DOCUMENTATION, _EVIDENCE = 0.35, 0.30, 0.20, 0.15
"""Parts of a score; they sum to 1."""
_OWN_TERMS_HALFWAY = 100
"""Distinct words beyond the task's own at which substance is 63 %: a small program with its notes."""
_LINES_HALFWAY = 30
"""Lines of work beside SUBMISSION.md at which the work counts for 63 %."""
_LEAST_SUBSTANCE = 0.1
"""With less substance than this, the whole score shrinks: the right words alone are no work."""
_LEAST_FACTOR = 0.2
"""What padding and word lists leave of a score at the least."""

_ABOUT_TESTS = frozenset(
    stem(word)
    for word in ("test", "correct", "valid", "robust", "reliable", "bug", "edge", "verify", "accurate")
)
_ABOUT_WRITING = frozenset(
    stem(word) for word in ("clarity", "clear", "document", "docs", "readable", "explain", "usable", "style")
)
"""Stems in the name of a criterion that tell what kind of evidence it asks for."""


class OfflineJudge:
    """Judges by counting; needs nothing but the submission."""

    identity = JudgeIdentity(NAME)

    async def judge(self, request: JudgeRequest) -> Verdict:
        """Score every criterion."""
        return await asyncio.to_thread(judge_offline, request)

    async def compare(self, request: ComparisonRequest) -> Comparison:
        """Score every entry."""
        return await asyncio.to_thread(compare_offline, request, NAME)


def judge_offline(request: JudgeRequest) -> Verdict:
    """The verdict, which depends on ``request`` alone."""
    task_words = meaningful_words("\n".join((request.title, request.description, request.output_spec)))
    rubric = "\n".join(f"{each.name} {each.description or ''}" for each in request.criteria)
    known = set(task_words) | set(meaningful_words(rubric + "\n" + request.input_spec))
    work = study(without_injections(request.files), known)
    measured = _measure(work, task_words)
    scores = tuple(_score(criterion, work, measured) for criterion in request.criteria)
    said = (
        f"Offline judge. {_DISCLAIMER}",
        _overall(work),
        build_sentence(request.build),
        request.files.notes,
    )
    reasoning = " ".join(filter(None, said))
    return Verdict(scores, reasoning, NAME, findings=disagreements(request.files))


@dataclass(frozen=True)
class _Measures:
    """What is the same for all criteria."""

    task_words: dict[str, str]
    on_task: float
    substance: float
    delivered: float
    factor: float
    """Multiplies every score: little substance, padding and word lists lower it."""


def _measure(work: Work, task_words: dict[str, str]) -> _Measures:
    substance = 1 - exp(-work.own_terms / _OWN_TERMS_HALFWAY)
    honesty = max(_LEAST_FACTOR, work.naturalness) * max(_LEAST_FACTOR, work.freshness)
    return _Measures(
        task_words=task_words,
        on_task=share(task_words, work.terms),
        substance=substance,
        delivered=1 - exp(-work.lines / _LINES_HALFWAY),
        factor=honesty * clamp(substance / _LEAST_SUBSTANCE),
    )


def _score(criterion: Criterion, work: Work, measured: _Measures) -> CriterionScore:
    wanted = meaningful_words(f"{criterion.name} {criterion.description or ''}")
    relevance = _relevance(wanted, work, measured)
    evidence, evidence_words = _evidence(criterion, work, measured)
    mean = (
        _RELEVANCE * relevance
        + _SUBSTANCE * measured.substance
        + _DOCUMENTATION * work.documentation
        + _EVIDENCE * evidence
    )
    reasoning = " ".join(
        (_DISCLAIMER, _found(wanted, work, measured), evidence_words, _lowered(work, measured))
    )
    return CriterionScore(round_score(100 * clamp(mean * measured.factor)), reasoning.strip())


def _relevance(wanted: dict[str, str], work: Work, measured: _Measures) -> float:
    if not measured.task_words:
        return share(wanted, work.terms) if wanted else measured.substance
    if not wanted:
        return measured.on_task
    return 0.4 * share(wanted, work.terms) + 0.6 * measured.on_task


def _evidence(criterion: Criterion, work: Work, measured: _Measures) -> tuple[float, str]:
    """How much the files bear out what this criterion asks for, and that in words."""
    subjects = {stem(word) for word in words(criterion.name)}
    if subjects & _ABOUT_TESTS:
        value = 0.5 * measured.delivered + 0.5 * bool(work.tests)
        return value, f"Tests: {work.tests}." if work.tests else "No tests were found."
    if subjects & _ABOUT_WRITING:
        value = 0.5 * work.documentation + 0.5 * bool(work.guide)
        return value, f"Guide: {work.guide}." if work.guide else "No README or comments were found."
    return measured.delivered, f"Beside SUBMISSION.md there are {work.lines} lines of work."


def _found(wanted: dict[str, str], work: Work, measured: _Measures) -> str:
    found = sum(term in work.terms for term in wanted)
    missing = [word for term, word in wanted.items() if term not in work.terms][:5]
    on_task = sum(term in work.terms for term in measured.task_words)
    text = (
        f"The files use {found} of {len(wanted)} words of this criterion"
        f"{' (missing: ' + ', '.join(missing) + ')' if missing else ''}"
        f" and {on_task} of {len(measured.task_words)} of the task, and {work.own_terms} of their own."
    )
    if work.missing_sections:
        return f"{text} SUBMISSION.md lacks {', '.join(work.missing_sections)}."
    return f"{text} SUBMISSION.md is complete."


def _lowered(work: Work, measured: _Measures) -> str:
    reasons = []
    if measured.substance < _LEAST_SUBSTANCE:
        reasons.append("there is little work beyond the task's own words")
    if work.freshness < 1:
        reasons.append("the text repeats itself")
    if work.naturalness < 1:
        reasons.append("it reads like a list of words")
    return f"Lowered, because {' and '.join(reasons)}." if reasons else ""


def _overall(work: Work) -> str:
    if not work.terms:
        return "The submission holds no text that could be judged."
    return (
        f"In {work.files_count} text files it counted words of the task and the rubric, words of the agent's "
        "own, the sections of SUBMISSION.md and signs of tests."
    )
