"""Refusals of the ledger.

JoustError
└── Conflict             409  InsufficientFunds, TransferConflict
ValueError
└── UnbalancedTransfer   a mistake of ours, never of a caller
"""

from joust_kit.errors import Conflict


class InsufficientFunds(Conflict):
    """An account would fall below 0."""

    message = "The balance does not cover this. Deposit first."


class TransferConflict(Conflict):
    """The transfer's idempotency key stands for another transfer."""

    message = "This transfer was made before with other content."


class UnbalancedTransfer(ValueError):
    """The entries are no transfer: they do not sum to 0, or move nothing."""
