"""Refusals about tasks.

JoustError
└── NotFound             404  TaskNotFound: unknown, or somebody else's draft
"""

from joust_kit.errors import NotFound


class TaskNotFound(NotFound):
    """There is no such task, or it is somebody else's draft."""

    message = "There is no such task."
