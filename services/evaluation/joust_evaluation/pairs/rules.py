"""When a pair is compared, and what its scores come to. No I/O, no clock."""

from collections.abc import Sequence
from uuid import UUID

from joust_contracts.events.evaluations import JudgeVersion
from joust_contracts.vocabulary import ComparisonOutcome, EvalMode, TaskStatus
from joust_evaluation.judges.base import JudgeIdentity
from joust_evaluation.judges.comparing_prompt import COMPARING_PROMPT_VERSION
from joust_evaluation.judges.versions import version_of
from joust_evaluation.tasks.models import KnownTask

Pair = tuple[UUID, UUID]
"""Two submissions, the lower id first."""


def is_published(task: KnownTask | None) -> bool:
    """True if what is known of the task does not change any more as far as comparing goes."""
    return task is not None and task.status is not TaskStatus.DRAFT


def is_decided_by_reading(task: KnownTask) -> bool:
    """True if money is paid by ranks that a judge who reads has made alone.

    Tests, an image or the poster's own judge are not contradicted by a reader.
    """
    reads_alone = task.test_suite is None or task.test_weight == 0
    return task.escrow and task.eval_mode is EvalMode.LLM and reads_alone


def comparing_version(task: KnownTask, identity: JudgeIdentity) -> JudgeVersion:
    """How submissions of the task are compared by a language model now."""
    return version_of(task, identity).model_copy(update={"prompt_version": COMPARING_PROMPT_VERSION})


def pair_of(one: UUID, other: UUID) -> Pair:
    """Two submissions are one pair, whichever of them leads."""
    return (one, other) if one < other else (other, one)


def outcome_of(by_order: Sequence[Sequence[float]]) -> tuple[ComparisonOutcome, int | None]:
    """Which of two entries has the higher score in each order, by its place; none unless all orders agree.

    A judge that likes the first place, or is led by the words of one entry about the other, says so in one
    order and not in both.
    """
    for place in (0, 1):
        if by_order and all(scores[place] > scores[1 - place] for scores in by_order):
            return ComparisonOutcome.PREFERRED, place
    return ComparisonOutcome.UNDECIDED, None
