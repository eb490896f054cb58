"""Refusals about deposits.

JoustError
└── Conflict             409  FundingUnavailable
"""

from joust_kit.errors import Conflict


class FundingUnavailable(Conflict):
    """The deployment has no funding provider, so no money can come in."""

    message = "Deposits are not available on this deployment: no funding provider is configured."
