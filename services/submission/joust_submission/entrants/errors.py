"""Refusals about who leaves a competition.

JoustError
└── Conflict             409  NotJoined, HasHandedIn
"""

from joust_contracts.refusals import competitions
from joust_kit.errors import Conflict


class NotJoined(Conflict, says=competitions.NOT_JOINED):
    """There is nothing to leave."""


class HasHandedIn(Conflict, says=competitions.HAS_HANDED_IN):
    """Who has work in the competition takes part."""
