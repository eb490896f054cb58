"""Refusals about escrows; they concern events alone.

JoustError
└── Conflict             409  EscrowEnded: terminal, a wish that contradicts an earlier one
"""

from joust_kit.errors import Conflict


class EscrowEnded(Conflict):
    """What was held was paid or given back, and something else is wanted of it."""

    message = "The money of this was paid out or given back."
