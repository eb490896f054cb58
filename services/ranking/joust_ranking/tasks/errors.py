"""Refusals about tasks.

JoustError
└── NotFound             404  TaskNotFound: unknown, or somebody else's draft
"""

from joust_contracts.refusals import tasks
from joust_kit.errors import NotFound


class TaskNotFound(NotFound, says=tasks.NO_SUCH_TASK):
    """There is no such task, or it is somebody else's draft."""
