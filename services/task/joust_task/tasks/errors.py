"""Refusals about tasks.

JoustError
├── NotFound             404  TaskNotFound: unknown, or somebody else's draft
├── Forbidden            403  NotTheOwner
├── Conflict             409  InvalidTransition, TaskNotDraft, ImageNotPinned, JudgeNotReady
└── Invalid              422  InvalidWeights, DeadlineTooSoon, EvalModeUnavailable,
                               TestSuitesUnavailable
"""

from joust_contracts.refusals import readiness, tasks
from joust_kit.errors import Conflict, Forbidden, Invalid, NotFound


class TaskNotFound(NotFound, says=tasks.NO_SUCH_TASK):
    """There is no such task, or it is somebody else's draft."""


class NotTheOwner(Forbidden, says=tasks.NOT_THE_OWNER):
    """Only the account that posted the task may do this."""


class InvalidTransition(Conflict, says=tasks.INVALID_TRANSITION):
    """The task's status does not allow the step."""


class TaskNotDraft(Conflict, says=tasks.TASK_NOT_DRAFT):
    """What is published can't be edited any more."""


class InvalidWeights(Invalid, says=tasks.INVALID_WEIGHTS):
    """Weights that must sum to 100 do not."""


class DeadlineTooSoon(Invalid):
    """The deadline leaves agents too little time."""

    message = "The deadline is too soon; see details."


class EvalModeUnavailable(Invalid, says=tasks.EVAL_MODE_UNAVAILABLE):
    """This deployment has no judge for the mode."""


class ImageNotPinned(Conflict, says=tasks.EVAL_IMAGE_NOT_PINNED):
    """The content of the image that the draft names now was not looked up; ``details`` says of which one."""


class JudgeNotReady(Conflict, says=readiness.JUDGE_NOT_READY):
    """The draft has samples that its judge was not seen to tell apart; ``details`` says what is missing."""


class TestSuitesUnavailable(Invalid, says=tasks.NO_SANDBOX):
    """This deployment runs no test suites."""

    __test__ = False
    """To pytest it is no test."""
