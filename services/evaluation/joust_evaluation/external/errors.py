"""Refusals about external judging.

JoustError
├── Unauthorized         401  InvalidCallbackToken
├── Forbidden            403  NotTheOwner
├── NotFound             404  NothingToScore, TaskNotFound, EvaluationNotFound
└── Conflict             409  WrongEvalMode, AlreadyScored, ScoreNotAwaited, LeaseLost
"""

from joust_contracts.refusals import external_judging, tasks
from joust_kit.errors import Conflict, Forbidden, NotFound, Unauthorized


class InvalidCallbackToken(Unauthorized, says=external_judging.INVALID_CALLBACK_TOKEN):
    """The token is not the one of the submission's task."""


class NotTheOwner(Forbidden, says=tasks.NOT_THE_OWNER):
    """Only the account that posted the task has its judge."""


class TaskNotFound(NotFound, says=tasks.NO_SUCH_TASK):
    """There is no such task, or it is somebody else's draft."""


class NothingToScore(NotFound, says=external_judging.NOTHING_TO_SCORE):
    """No evaluation of the submission is known."""


class EvaluationNotFound(NotFound, says=external_judging.NO_SUCH_EVALUATION):
    """Unknown, or of somebody else's task."""


class WrongEvalMode(Conflict, says=external_judging.WRONG_EVAL_MODE):
    """The task is judged otherwise."""


class AlreadyScored(Conflict, says=external_judging.ALREADY_SCORED):
    """The evaluation has its score."""


class ScoreNotAwaited(Conflict, says=external_judging.SCORE_NOT_AWAITED):
    """Nobody waits for a score."""


class LeaseLost(Conflict, says=external_judging.LEASE_LOST):
    """Another claim has the evaluation."""
