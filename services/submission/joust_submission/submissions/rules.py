"""Who may submit when, and how a submission's life goes on. No I/O, no clock."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from joust_contracts.vocabulary import SubmissionStatus, TaskStatus
from joust_submission.submissions.errors import (
    DeadlinePassed,
    InvalidTransition,
    OwnTask,
    QuotaExhausted,
    TaskNotFound,
    TaskNotOpen,
    UnexpectedResult,
)

TRANSITIONS: dict[SubmissionStatus, frozenset[SubmissionStatus]] = {
    SubmissionStatus.REGISTERED: frozenset({SubmissionStatus.RUNNING, SubmissionStatus.FAILED}),
    SubmissionStatus.RUNNING: frozenset({SubmissionStatus.COMPLETED, SubmissionStatus.EVALUATION_FAILED}),
    # Back to running is a re-evaluation of the same artifact, the next iteration.
    SubmissionStatus.COMPLETED: frozenset({SubmissionStatus.RUNNING}),
    SubmissionStatus.EVALUATION_FAILED: frozenset({SubmissionStatus.RUNNING}),
    SubmissionStatus.FAILED: frozenset({SubmissionStatus.RUNNING}),
}
"""Straw document, ``submission_lifecycle`` and ``POST /api/v1/submissions/:id/request_re_eval``."""

RESULTS = frozenset({SubmissionStatus.COMPLETED, SubmissionStatus.EVALUATION_FAILED})
"""Statuses in which the present iteration has its result."""


FOR_ARTIFACT = frozenset({SubmissionStatus.REGISTERED})
FOR_RE_EVALUATION = frozenset(
    {SubmissionStatus.COMPLETED, SubmissionStatus.FAILED, SubmissionStatus.EVALUATION_FAILED}
)
"""Two steps lead to running, each from statuses of its own (same places of the document)."""


def check_step(step: str, now: SubmissionStatus, allowed: frozenset[SubmissionStatus]) -> None:
    """Raises ``InvalidTransition`` if a submission in status ``now`` can't take a step of ``allowed``."""
    if now not in allowed:
        raise InvalidTransition(f"A submission that is {now} can't {step}.", status=now.value)


def check_transition(now: SubmissionStatus, then: SubmissionStatus) -> None:
    """Raises ``InvalidTransition`` if a submission in status ``now`` can't go to ``then``."""
    if then not in TRANSITIONS[now]:
        allowed: list[JsonValue] = [*sorted(status.value for status in TRANSITIONS[now])]
        raise InvalidTransition(
            f"A submission that is {now} can't become {then}.", status=now.value, allowed=allowed
        )


def check_may_see(status: TaskStatus, owner_id: UUID, account_id: UUID) -> None:
    """Raises ``TaskNotFound`` for somebody else's draft."""
    if status is TaskStatus.DRAFT and owner_id != account_id:
        raise TaskNotFound()


def check_may_submit(
    *, status: TaskStatus, deadline: datetime, owner_id: UUID, account_id: UUID, now: datetime
) -> None:
    """Everything but the quota that stands between an account and a submission to a task.

    The deadline counts from its moment on, though the event that it passed may come later.
    Raises ``TaskNotFound``, ``TaskNotOpen``, ``DeadlinePassed`` or ``OwnTask``.
    """
    check_may_see(status, owner_id, account_id)
    if status is not TaskStatus.OPEN:
        raise TaskNotOpen(f"The task is {status}; only an open task takes submissions.", status=status.value)
    if deadline <= now:
        raise DeadlinePassed(deadline=deadline.isoformat())
    if owner_id == account_id:
        raise OwnTask()


def check_quota(used: int, limit: int) -> None:
    """Raises ``QuotaExhausted`` if no submission is left (Straw document, ``quota``)."""
    if used >= limit:
        raise QuotaExhausted(used=used, limit=limit)


def reason_with_kept_score(reason: str, kept_score: float | None) -> str:
    """Why there is no score, and what becomes of the score of an earlier iteration, if there is one."""
    if kept_score is None:
        return reason
    return f"{reason} The score of {kept_score:g} from before keeps its place on the leaderboard."


def awaits_result(
    status: SubmissionStatus, iteration: int, of_iteration: int, *, given_up: bool = False
) -> bool:
    """True if a result for ``of_iteration`` is to be taken, False if it is a stale one to be dropped.

    ``given_up``: the platform ended the iteration for want of a result. A score that still comes is taken,
    because the leaderboard has it, and nothing speaks against the work.

    Stale are results of an earlier iteration, and any further result of one that has its result: each
    iteration is scored once. Whether the status allows the step is for ``check_transition`` to say.
    Raises ``UnexpectedResult`` for an iteration that has not begun.
    """
    if of_iteration > iteration:
        raise UnexpectedResult(f"a result of iteration {of_iteration}, but only {iteration} has begun")
    return of_iteration == iteration and (given_up or status not in RESULTS)
