"""Refusals about fundings.

JoustError
├── NotFound             404  NoFunding
└── Conflict             409  FundingSettled
"""

from joust_kit.errors import Conflict, NotFound


class NoFunding(NotFound):
    """Nothing was ever asked to be held for the subject."""

    message = "No money was asked for this."


class FundingSettled(Conflict):
    """A payout or a refund was asked for, and that is final."""

    message = "The money of this was paid out or given back."
