"""Refusals about standings.

JoustError
└── NotFound             404  PositionNotFound: of another account, and the task is not one's own
"""

from joust_kit.errors import NotFound


class PositionNotFound(NotFound):
    """A position is shown to its account and to the task's owner alone."""

    message = "There is no position that this account may see."
