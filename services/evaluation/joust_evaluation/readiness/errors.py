"""Refusals about readiness.

JoustError
├── Forbidden            403  NotTheOwner
├── NotFound             404  TaskNotFound, NotChecked
└── Conflict             409  SamplesMissing, NotJudgedHere, TaskNotDraft
"""

from joust_contracts.refusals import readiness, tasks
from joust_kit.errors import Conflict, Forbidden, NotFound


class NotTheOwner(Forbidden, says=tasks.NOT_THE_OWNER):
    """Only the account that posted the task has its judge tried."""


class TaskNotFound(NotFound, says=tasks.NO_SUCH_TASK):
    """There is no such task, or it is somebody else's draft."""


class NotChecked(NotFound, says=readiness.NOT_CHECKED):
    """The judge was never tried."""


class SamplesMissing(Conflict, says=readiness.SAMPLES_MISSING):
    """There is nothing to try the judge on; ``details`` says which sample is missing."""


class NotJudgedHere(Conflict, says=readiness.NOT_JUDGED_HERE):
    """The poster's own program judges."""


class TaskNotDraft(Conflict, says=tasks.TASK_NOT_DRAFT):
    """What is published has its judge."""
