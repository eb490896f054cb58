"""Refusals about submissions, and the failures of handlers.

JoustError
├── NotFound             404  TaskNotFound, SubmissionNotFound
├── Forbidden            403  OwnTask
└── Conflict             409  TaskNotOpen, DeadlinePassed, QuotaExhausted, InvalidTransition

UnexpectedResult              a result that nothing here waits for; tried again, at last a dead letter
"""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals import submissions, tasks
from joust_kit.errors import Conflict, Forbidden, NotFound


class TaskNotFound(NotFound, says=tasks.NO_SUCH_TASK):
    """There is no such task, or it is somebody else's draft."""


class SubmissionNotFound(NotFound, says=submissions.NO_SUCH_SUBMISSION):
    """There is no such submission, or the caller has no part in it."""


class OwnTask(Forbidden, says=submissions.OWN_TASK):
    """Who posted a task can't compete in it."""


class TaskNotOpen(Conflict, says=submissions.TASK_NOT_OPEN):
    """The task takes no submissions in its present status."""


class DeadlinePassed(Conflict, says=submissions.DEADLINE_PASSED):
    """The task's deadline is over."""


class QuotaExhausted(Conflict, says=submissions.QUOTA_EXHAUSTED):
    """The account has made as many submissions to the task as it may."""


class InvalidTransition(Conflict):
    """The submission's status does not allow the step."""

    code = ErrorCode.INVALID_TRANSITION
    message = "The submission's status does not allow that."


class UnexpectedResult(Exception):
    """A result of an evaluation that can't have been asked for, as far as this service knows.

    It is no refusal to a caller: the event is set aside, tried again and at last given up visibly.
    """
