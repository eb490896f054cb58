"""Refusals of judging a task again.

JoustError
├── Forbidden            403  NotTheOwner
└── Conflict             409  NotJudgedNow, SameJudge, RejudgeRunning
"""

from joust_contracts.refusals import rejudges, tasks
from joust_kit.errors import Conflict, Forbidden


class NotTheOwner(Forbidden, says=tasks.NOT_THE_OWNER):
    """The task is somebody else's."""


class NotJudgedNow(Conflict, says=rejudges.NOT_JUDGED_NOW):
    """The task's status does not allow it."""


class SameJudge(Conflict, says=rejudges.SAME_JUDGE):
    """Rolling the same dice again would be for nothing but luck."""


class RejudgeRunning(Conflict, says=rejudges.REJUDGE_RUNNING):
    """One at a time."""
