"""What a check is of, and when a judge is ready. No I/O, no clock."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from joust_contracts.internal.readiness import ReadinessStatus
from joust_contracts.internal.samples import SampleKind
from joust_contracts.vocabulary import EvalMode, TaskStatus
from joust_evaluation.judges.base import JudgeIdentity
from joust_evaluation.judges.versions import version_of
from joust_evaluation.readiness.errors import NotJudgedHere, SamplesMissing, TaskNotDraft
from joust_evaluation.tasks.models import KnownTask

MAX_STARTS = 10
"""A check that was begun this often without an end takes its worker down with it."""
LONGEST = timedelta(hours=3)
"""A check that takes longer is taken for lost, and may be asked for again: two runs of an image, of an hour
each at the most, and their surroundings."""
UNFINISHED = frozenset({ReadinessStatus.PENDING, ReadinessStatus.RUNNING})

CHANGED = "The draft was changed before its judge could be tried. Ask again."
NEVER_ENDED = f"Trying the judge was begun {MAX_STARTS} times and never came to an end. Use smaller samples."


@dataclass(frozen=True)
class Tried:
    """What the judge made of one sample."""

    score: float | None
    problem: str | None = None
    """Why the judge gave it no score."""


@dataclass(frozen=True)
class Result:
    """How a check ended."""

    status: ReadinessStatus
    reason: str | None = None
    reference_score: float | None = None
    cheat_score: float | None = None
    image_digest: str | None = None


def check_can_be_tried(status: TaskStatus | None, mode: EvalMode, samples: Collection[SampleKind]) -> None:
    """Raises ``TaskNotDraft``, ``NotJudgedHere`` or ``SamplesMissing``. ``samples``: those that are there."""
    if status is not TaskStatus.DRAFT:
        raise TaskNotDraft()
    if mode is EvalMode.EXTERNAL:
        raise NotJudgedHere(eval_mode=mode.value)
    if missing := [kind.value for kind in SampleKind if kind not in samples]:
        raise SamplesMissing(samples=f"missing: {', '.join(missing)}")


def content_hash(task: KnownTask, identity: JudgeIdentity) -> str:
    """SHA-256 of all that decides how the task's samples are judged, in hexadecimal.

    Not of what an image's name means: that is looked up when it runs.
    """
    judge = version_of(task, identity).model_copy(update={"image_digest": None})
    suite, samples = task.stored_test_suite(), task.samples()
    decides = {
        "judge": judge.model_dump(mode="json"),
        "image": [task.eval_image, task.eval_network, task.eval_memory_mb, task.eval_timeout_seconds],
        "suite": None if suite is None else suite.sha256,
        "samples": {kind.value: sample.sha256 for kind, sample in samples.items()},
    }
    canonical = json.dumps(decides, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def result_of(reference: Tried, cheat: Tried, margin: float, image_digest: str | None) -> Result:
    """Whether the judge tells the samples apart by at least ``margin`` points.

    A judge that refuses to score the cheat, e.g. whose container fails on it, tells it apart as well: nobody
    wins without a score. The reference has to get one.
    """
    problem = None
    if reference.score is None:
        problem = f"The judge gave the reference no score: {reference.problem}"
    elif cheat.score is not None and reference.score - cheat.score < margin:
        problem = (
            f"The judge does not tell the samples apart: the reference got {reference.score:g} points and "
            f"the cheat {cheat.score:g}. The reference must get at least {margin:g} more."
        )
    return Result(
        ReadinessStatus.READY if problem is None else ReadinessStatus.NOT_READY,
        problem,
        reference.score,
        cheat.score,
        image_digest,
    )


def failure(reason: str) -> Result:
    """The judge could not be tried."""
    return Result(ReadinessStatus.FAILED, reason)
