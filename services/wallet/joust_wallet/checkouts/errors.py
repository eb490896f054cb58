"""Refusals about checkouts.

JoustError
├── BadRequest           400  NoticeRefused
└── Conflict             409  NoFundingProvider
"""

from joust_contracts.refusals import deposits
from joust_kit.errors import BadRequest, Conflict


class NoticeRefused(BadRequest, says=deposits.NOTICE_REFUSED):
    """What claims to come from the funding provider was not signed by it, or too long ago."""


class NoFundingProvider(Conflict, says=deposits.NO_FUNDING_PROVIDER):
    """Nobody has anything to tell of deposits here."""
