"""Refusals about submissions, and the failures of handlers.

JoustError
├── NotFound             404  TaskNotFound, SubmissionNotFound
├── Forbidden            403  OwnTask
└── Conflict             409  TaskNotOpen, DeadlinePassed, QuotaExhausted, InvalidTransition

UnexpectedResult              a result that nothing here waits for; tried again, at last a dead letter
"""

from joust_contracts.internal.common import ErrorCode
from joust_kit.errors import Conflict, Forbidden, NotFound


class TaskNotFound(NotFound):
    """There is no such task, or it is somebody else's draft."""

    message = "There is no such task."


class SubmissionNotFound(NotFound):
    """There is no such submission, or the caller has no part in it."""

    message = "There is no such submission."


class OwnTask(Forbidden):
    """Who posted a task can't compete in it."""

    message = "You posted this task; its owner can't submit to it."


class TaskNotOpen(Conflict):
    """The task takes no submissions in its present status."""

    code = ErrorCode.TASK_NOT_OPEN
    message = "The task is not open for submissions."


class DeadlinePassed(Conflict):
    """The task's deadline is over."""

    code = ErrorCode.DEADLINE_PASSED
    message = "The task's deadline has passed."


class QuotaExhausted(Conflict):
    """The account has made as many submissions to the task as it may."""

    code = ErrorCode.QUOTA_EXHAUSTED
    message = "All submissions that the task allows an account are used up."


class InvalidTransition(Conflict):
    """The submission's status does not allow the step."""

    code = ErrorCode.INVALID_TRANSITION
    message = "The submission's status does not allow that."


class UnexpectedResult(Exception):
    """A result of an evaluation that can't have been asked for, as far as this service knows.

    It is no refusal to a caller: the event is set aside, tried again and at last given up visibly.
    """
