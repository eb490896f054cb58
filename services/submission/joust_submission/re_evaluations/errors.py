"""Refusals of a re-evaluation.

JoustError
├── Forbidden            403  NotYourSubmission
├── Conflict             409  TaskClosed, WrongStatus, NoArtifact
└── RateLimited          429  ReEvalCooldown
"""

from joust_contracts.refusals import re_evaluations
from joust_kit.errors import Conflict, Forbidden, RateLimited


class NotYourSubmission(Forbidden, says=re_evaluations.NOT_YOUR_SUBMISSION):
    """The task's owner sees the submission and has no say in it."""


class TaskClosed(Conflict, says=re_evaluations.TASK_CLOSED):
    """The task takes no submissions any more."""


class WrongStatus(Conflict, says=re_evaluations.WRONG_STATUS):
    """The submission waits for its upload or for its result."""


class NoArtifact(Conflict, says=re_evaluations.NO_ARTIFACT):
    """The submission failed before there was something to judge."""


class ReEvalCooldown(RateLimited, says=re_evaluations.RE_EVAL_COOLDOWN):
    """A re-evaluation was requested a short while ago."""
