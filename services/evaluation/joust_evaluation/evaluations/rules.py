"""Rules of an evaluation's life and of its score. No I/O, no clock."""

import errno
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from joust_contracts.events.evaluations import Dimension, Judgement
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.events.tasks import Criterion
from joust_contracts.vocabulary import SubmissionStatus
from joust_evaluation.evaluations.errors import InvalidTransition
from joust_evaluation.judges.base import Verdict
from joust_evaluation.judges.scoring import weighted_mean

MAX_STARTS = 20
"""A submission that was begun this often without an end takes its worker down with it."""
MAX_WAIT = timedelta(hours=1)
"""How long an evaluation waits for parts of ours before the agent is told to ask for it again."""

NOT_AWAITED = "The platform took too long and gave this evaluation up. Ask for a re-evaluation."
NOT_WRITABLE = "The judge came to a result that the platform could not write down. Ask for a re-evaluation."


_SHORTAGES = {
    errno.EMFILE: "open files",
    errno.ENFILE: "open files",
    errno.ENOSPC: "room on its disk",
    errno.EDQUOT: "room on its disk",
    errno.ENOMEM: "memory",
    errno.EAGAIN: "processes",
}


def shortage_of(error: Exception) -> str | None:
    """What the judge's machine ran out of, as a sentence for the agent; ``None`` if that is not the error."""
    what = "memory" if isinstance(error, MemoryError) else None
    if isinstance(error, OSError) and error.errno is not None:
        what = _SHORTAGES.get(error.errno)
    return None if what is None else f"The judge's machine ran out of {what}."


def told_as(reason: str) -> str:
    """A reason as it can be stored and told: words from outside may hold NUL, which no database takes, or
    half of a character."""
    return reason.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


class EvaluationStatus(StrEnum):
    """Life of an evaluation."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


TRANSITIONS: dict[EvaluationStatus, frozenset[EvaluationStatus]] = {
    EvaluationStatus.QUEUED: frozenset({EvaluationStatus.RUNNING, EvaluationStatus.FAILED}),
    # running to running: another worker begins again after one failed or died
    EvaluationStatus.RUNNING: frozenset(
        {EvaluationStatus.RUNNING, EvaluationStatus.COMPLETED, EvaluationStatus.FAILED}
    ),
    EvaluationStatus.COMPLETED: frozenset(),
    EvaluationStatus.FAILED: frozenset(),
}
"""Completed and failed are final: a re-evaluation is a new iteration with an evaluation of its own."""


def check_transition(now: EvaluationStatus, then: EvaluationStatus) -> None:
    """Raises ``InvalidTransition`` if an evaluation in status ``now`` can't go to ``then``."""
    if then not in TRANSITIONS[now]:
        raise InvalidTransition(f"an evaluation that is {now} can't become {then}")


def is_finished(status: EvaluationStatus) -> bool:
    """True if nothing more can happen to the evaluation."""
    return not TRANSITIONS[status]


def is_in_hand(
    status: EvaluationStatus, started_at: datetime | None, lease: timedelta, now: datetime
) -> bool:
    """True if a worker that began to judge may still be at it."""
    return status is EvaluationStatus.RUNNING and started_at is not None and now < started_at + lease


def timer_of(evaluation_id: UUID, attempt: int = 1, waits: int = 0) -> str:
    """Name of the evaluation's job for that attempt after so many waits, which is there once."""
    return f"{evaluation_id}:{attempt}:{waits}"


def was_given_up(submission: SubmissionSnapshot) -> bool:
    """True if nobody waits for a result of the present iteration any more."""
    return submission.status is SubmissionStatus.EVALUATION_FAILED


def awaits_judgement(submission: SubmissionSnapshot) -> bool:
    """True if the submission is complete and its present iteration has no result."""
    return submission.status is SubmissionStatus.RUNNING


def has_waited_too_long(queued_at: datetime, now: datetime) -> bool:
    """True if waiting for parts of ours is over."""
    return now - queued_at > MAX_WAIT


def judgement_of(verdict: Verdict, criteria: Sequence[Criterion]) -> Judgement:
    """The judgement of a task in mode ``llm``: its final score is the judge's score.

    ``verdict`` has one score for each of ``criteria``, in their order. Raises ``ValueError`` otherwise.
    """
    dimensions = tuple(
        Dimension(
            criterion_name=criterion.name,
            score=scored.score,
            weight=criterion.weight,
            reasoning=scored.reasoning,
            evidence=scored.evidence,
            spread=scored.spread,
        )
        for criterion, scored in zip(criteria, verdict.scores, strict=True)
    )
    final = weighted_mean([each.score for each in dimensions], [each.weight for each in dimensions])
    return Judgement(
        final_score=final,
        llm_score=final,
        dimensions=dimensions,
        reasoning=verdict.reasoning,
        judge=verdict.judge,
        findings=verdict.findings,
        usage=verdict.usage,
        panel=verdict.panel,
    )
