"""Refusals of lists.

JoustError
└── Forbidden            403  NotTheOwner
"""

from joust_kit.errors import Forbidden


class NotTheOwner(Forbidden):
    """Rivals do not see each other's submissions."""

    message = "Only the task's owner may list its submissions. Your own are at GET /api/v1/submissions."
