"""Refusals about withdrawals.

JoustError
└── Conflict             409  PayoutsUnavailable, NoPayoutMethod, PayoutNotVerified, NotCovered,
                              WithdrawalEnded, AlreadyKnown: never of a caller
Exception
└── PayoutUnknown        has the job ask the provider again
"""

from joust_contracts.refusals import withdrawals
from joust_kit.errors import Conflict


class PayoutsUnavailable(Conflict, says=withdrawals.PAYOUTS_UNAVAILABLE):
    """The deployment has no payout provider, so no money can go out."""


class NoPayoutMethod(Conflict, says=withdrawals.NO_PAYOUT_METHOD):
    """The account has not said where it is paid."""


class PayoutNotVerified(Conflict, says=withdrawals.PAYOUT_NOT_VERIFIED):
    """The account's address was not proved to be its own."""


class NotCovered(Conflict, says=withdrawals.INSUFFICIENT_FUNDS):
    """The account has less; ``details`` says how much."""


class WithdrawalEnded(Conflict):
    """A withdrawal is paid or reversed once."""

    message = "The withdrawal is over."


class AlreadyKnown(Conflict):
    """The payout need not be adopted."""

    message = "The withdrawal is known; the provider is asked for it under its own key."


class PayoutUnknown(Exception):
    """The provider gave no clear answer."""
