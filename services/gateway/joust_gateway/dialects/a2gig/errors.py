"""Refusals of the A2Gig dialect.

JoustError
└── PrizeNotCovered      402
"""

from joust_contracts.refusals import competitions
from joust_kit.errors import JoustError


class PrizeNotCovered(JoustError, says=competitions.PRIZE_NOT_COVERED):
    """The creator insists on a prize that is set aside, and the balance does not cover it."""
