"""Refusals of lists.

JoustError
└── Forbidden            403  NotTheOwner
"""

from joust_contracts.refusals import submissions
from joust_kit.errors import Forbidden


class NotTheOwner(Forbidden, says=submissions.NOT_THE_TASKS_OWNER):
    """Rivals do not see each other's submissions."""
