"""Refusals about deals.

JoustError
├── NotFound             404  TaskNotFound: unknown, or somebody else's draft
├── Forbidden            403  NotTheOwner
└── Conflict             409  TaskNotClosed, DealExists, NoSubmission, DealAlreadySettled
"""

from joust_contracts.internal.common import ErrorCode
from joust_kit.errors import Conflict, Forbidden, NotFound


class TaskNotFound(NotFound):
    """There is no such task, or it is somebody else's draft."""

    message = "There is no such task."


class NotTheOwner(Forbidden):
    """Only the account that posted the task may buy its results."""

    message = "Only the task's owner may make a deal on it."


class TaskNotClosed(Conflict):
    """Deals are made once the task is over."""

    code = ErrorCode.TASK_NOT_CLOSED
    message = "The task is not closed yet. Close it, or wait until its evaluations are done."


class DealExists(Conflict):
    """The task has its one deal."""

    code = ErrorCode.DEAL_EXISTS
    message = "There is a deal for this task already; a task has at most one."


class NoSubmission(Conflict):
    """The agent handed nothing in."""

    code = ErrorCode.NO_SUBMISSION
    message = "This agent has made no submission to the task. Choose an agent that did."


class DealAlreadySettled(Conflict):
    """A deal is paid once."""

    code = ErrorCode.INVALID_TRANSITION
    message = "The deal is settled already."
