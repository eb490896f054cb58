"""Rules of external judging. No I/O, no clock."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from joust_contracts.events import JudgeUnreached
from joust_contracts.events.evaluations import Dimension, Judgement
from joust_contracts.events.tasks import Criterion
from joust_contracts.internal.external_judging import PostedDimension, PostScore
from joust_evaluation.evaluations.rules import EvaluationStatus
from joust_evaluation.external.errors import AlreadyScored, LeaseLost, ScoreNotAwaited
from joust_kit.errors import Invalid

JUDGE = "external"
"""Name of the judge in results."""


def check_awaits_score(status: EvaluationStatus, failure_reason: str | None) -> None:
    """Raises ``AlreadyScored`` or ``ScoreNotAwaited`` unless the judge was asked and has not answered."""
    match status:
        case EvaluationStatus.RUNNING:
            return
        case EvaluationStatus.COMPLETED:
            raise AlreadyScored()
        case EvaluationStatus.QUEUED:
            raise ScoreNotAwaited("The judge is not asked for this evaluation yet. Try again in a moment.")
        case EvaluationStatus.FAILED:
            raise ScoreNotAwaited(f"This evaluation ended without a score: {failure_reason}")


def check_lease(shown: UUID | None, holder: UUID | None, *, is_live: bool) -> None:
    """Raises ``LeaseLost`` unless a score with the lease ``shown``, or with none, may be taken.

    ``holder``: the newest lease of the evaluation; ``is_live``: it has not run out. One that ran out counts
    until another is given: nobody else has the work in hand.
    """
    if shown is not None and shown != holder:
        raise LeaseLost()
    if shown is None and is_live:
        raise LeaseLost(
            "A claim has this evaluation: send its lease_id with the score, or wait until its lease runs out."
        )


def judgement_of(posted: PostScore, final_score: float, rubric: Sequence[Criterion]) -> Judgement:
    """What the poster's judge said. Raises ``Invalid`` for a criterion that the rubric lacks."""
    weights = {criterion.name: criterion.weight for criterion in rubric}
    dimensions = posted.dimensions or ()
    unknown = sorted(each.criterion_name for each in dimensions if each.criterion_name not in weights)
    if unknown:
        raise Invalid(dimensions=f"the rubric has no criterion named {', '.join(unknown)[:400]}")
    return Judgement(
        final_score=final_score,
        dimensions=tuple(_dimension(each, weights) for each in dimensions),
        reasoning=posted.reasoning or "",
        judge=JUDGE,
    )


def reason_of_error(message: str) -> str:
    """Why the evaluation failed, in the judge's words."""
    return f"The poster's judge could not judge this submission: {message}"


def reason_of_silence(deadline: timedelta, undelivered: str | None) -> str:
    """Why the evaluation failed when no score came; ``undelivered``: what kept the request from its judge."""
    hours = deadline.total_seconds() / 3600
    why = f"The poster's judge did not answer within {hours:g} hours."
    return why if undelivered is None else f"{why} {undelivered}"


def reason_of_no_delivery(failed: JudgeUnreached) -> str:
    """What kept the request from its judge."""
    last = f"status {failed.last_status}" if failed.last_error is None else failed.last_error.value
    return (
        f"The request could not be delivered to it in {failed.attempts} attempts; the last ended with {last}."
    )


def _dimension(posted: PostedDimension, weights: Mapping[str, float]) -> Dimension:
    return Dimension(
        criterion_name=posted.criterion_name,
        score=posted.score,
        weight=weights[posted.criterion_name],
        reasoning=posted.reasoning or "",
    )
