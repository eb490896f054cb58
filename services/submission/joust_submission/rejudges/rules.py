"""When a task may be judged again, and what it changed. No I/O, no clock."""

from uuid import UUID

from joust_contracts.base import round_score
from joust_contracts.vocabulary import SubmissionStatus, TaskStatus
from joust_submission.rejudges.errors import NotJudgedNow, NotTheOwner
from joust_submission.submissions.rules import check_may_see

JUDGED_AGAIN = frozenset({SubmissionStatus.COMPLETED, SubmissionStatus.EVALUATION_FAILED})
"""Submissions that may begin another iteration. One that is running is judged by the new judge anyway, or was
by the old one and is left for the next time."""


def check_may_rejudge(*, owner_id: UUID, account_id: UUID, status: TaskStatus) -> None:
    """Raises ``TaskNotFound``, ``NotTheOwner`` or ``NotJudgedNow``."""
    check_may_see(status, owner_id, account_id)
    if owner_id != account_id:
        raise NotTheOwner()
    if status not in {TaskStatus.OPEN, TaskStatus.EVALUATING}:
        raise NotJudgedNow(status=status.value)


def delta_of(before: float | None, after: float | None) -> float | None:
    """How much a score rose, with two decimals."""
    return None if before is None or after is None else round_score(after - before)


def timer_of(rejudge_id: UUID) -> str:
    """Name of the job that goes through a task, which is there once."""
    return f"rejudge:{rejudge_id}"
