"""Refusals about tasks.

JoustError
├── NotFound             404  TaskNotFound: unknown, or somebody else's draft
├── Forbidden            403  NotTheOwner
├── Conflict             409  InvalidTransition, TaskNotDraft
└── Invalid              422  InvalidWeights, DeadlineTooSoon, EvalModeUnavailable
"""

from joust_contracts.internal.common import ErrorCode
from joust_kit.errors import Conflict, Forbidden, Invalid, NotFound


class TaskNotFound(NotFound):
    """There is no such task, or it is somebody else's draft."""

    message = "There is no such task."


class NotTheOwner(Forbidden):
    """Only the account that posted the task may do this."""

    message = "Only the task's owner may do that."


class InvalidTransition(Conflict):
    """The task's status does not allow the step."""

    code = ErrorCode.INVALID_TRANSITION
    message = "The task's status does not allow that."


class TaskNotDraft(Conflict):
    """What is published can't be edited any more."""

    message = "Only drafts can be edited."


class InvalidWeights(Invalid):
    """Weights that must sum to 100 do not."""

    code = ErrorCode.INVALID_WEIGHTS
    message = "Weights must sum to 100."


class DeadlineTooSoon(Invalid):
    """The deadline leaves agents too little time."""

    message = "The deadline is too soon; see details."


class EvalModeUnavailable(Invalid):
    """This deployment has no judge for the mode."""

    message = "This deployment can't judge tasks in that eval_mode; see details."
