"""Refusals about comparisons.

JoustError
├── NotFound             404  NoSuchTask
└── Forbidden            403  NotTheOwner
"""

from joust_contracts.refusals import evaluations, tasks
from joust_kit.errors import Forbidden, NotFound


class NoSuchTask(NotFound, says=tasks.NO_SUCH_TASK):
    """There is no such task, as far as the judge knows."""


class NotTheOwner(Forbidden, says=evaluations.NOT_THE_OWNER_OF_THE_TASK):
    """The records show what the judge was told; that is for who pays for it."""
