"""When a submission may be evaluated again. No I/O, no clock."""

import math
from datetime import datetime, timedelta

from joust_contracts.vocabulary import SubmissionStatus, TaskStatus
from joust_submission.re_evaluations.errors import NoArtifact, ReEvalCooldown, TaskClosed, WrongStatus
from joust_submission.submissions.rules import FOR_RE_EVALUATION


def available_at(requested_at: datetime | None, cooldown: timedelta, now: datetime) -> datetime | None:
    """When a re-evaluation may be requested again; ``None`` if that moment is past."""
    if requested_at is None or requested_at + cooldown <= now:
        return None
    return requested_at + cooldown


def check_may_re_evaluate(
    *,
    task_status: TaskStatus,
    deadline: datetime,
    status: SubmissionStatus,
    has_artifact: bool,
    requested_at: datetime | None,
    cooldown: timedelta,
    now: datetime,
) -> None:
    """Everything that stands between a submission and its re-evaluation.

    Source: Straw document, ``POST /api/v1/submissions/:id/request_re_eval``.
    Raises ``TaskClosed``, ``WrongStatus``, ``ReEvalCooldown`` or ``NoArtifact``.
    """
    if task_status is not TaskStatus.OPEN or deadline <= now:
        raise TaskClosed()
    if status not in FOR_RE_EVALUATION:
        raise WrongStatus(status=status.value)
    again_at = available_at(requested_at, cooldown, now)
    if again_at is not None:
        raise ReEvalCooldown(math.ceil((again_at - now).total_seconds()), available_at=again_at.isoformat())
    if not has_artifact:
        raise NoArtifact()
