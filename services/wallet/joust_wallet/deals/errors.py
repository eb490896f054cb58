"""Refusals about deals.

JoustError
├── NotFound             404  TaskNotFound: unknown, or somebody else's draft
├── Forbidden            403  NotTheOwner
└── Conflict             409  TaskNotClosed, DealExists, NoSubmission, DealAlreadySettled
"""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals import deals, tasks
from joust_kit.errors import Conflict, Forbidden, NotFound


class TaskNotFound(NotFound, says=tasks.NO_SUCH_TASK):
    """There is no such task, or it is somebody else's draft."""


class NotTheOwner(Forbidden, says=deals.NOT_THE_OWNER):
    """Only the account that posted the task may buy its results."""


class TaskNotClosed(Conflict, says=deals.TASK_NOT_CLOSED):
    """Deals are made once the task is over."""


class DealExists(Conflict, says=deals.DEAL_EXISTS):
    """The task has its one deal."""


class NoSubmission(Conflict, says=deals.NO_SUBMISSION):
    """The agent handed nothing in."""


class DealAlreadySettled(Conflict):
    """A deal is paid once."""

    code = ErrorCode.INVALID_TRANSITION
    message = "The deal is settled already."
