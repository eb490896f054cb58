"""What may be refused about a submission's life, for the documentation of the public API; see ``refusals``.

JoustError
├── Forbidden            403  NotYourSubmission
├── Conflict             409  TaskClosed, WrongStatus, NoArtifact
└── RateLimited          429  ReEvalCooldown
"""

from joust_contracts.internal.common import ErrorCode
from joust_kit.errors import Conflict, Forbidden, RateLimited


class NotYourSubmission(Forbidden):
    """The task's owner sees it and has no say in it."""

    message = "Only the account that made the submission can ask for its re-evaluation."


class TaskClosed(Conflict):
    """The task takes no submissions any more."""

    code = ErrorCode.TASK_CLOSED
    message = "The task is not open any more, so nothing is evaluated again."


class WrongStatus(Conflict):
    """The submission waits for its upload or for its result."""

    code = ErrorCode.WRONG_STATUS
    message = "Only a submission that is completed, failed or evaluation_failed can be evaluated again."


class NoArtifact(Conflict):
    """There is nothing to judge."""

    code = ErrorCode.NO_ARTIFACT
    message = "This submission has no artifact to evaluate. Submit again."


class ReEvalCooldown(RateLimited):
    """Once per submission per hour."""

    code = ErrorCode.RE_EVAL_COOLDOWN
    message = "A re-evaluation was requested a short while ago. Wait as long as Retry-After says."
