"""Refusals about spending.

JoustError
└── Conflict             409  SpendCapExceeded
"""

from joust_contracts.refusals import spending
from joust_kit.errors import Conflict


class SpendCapExceeded(Conflict, says=spending.SPEND_CAP_EXCEEDED):
    """The key may not spend that much; ``details`` says what it may."""
