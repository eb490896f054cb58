"""Refusals about entries.

JoustError
├── Forbidden            403  OwnCompetition
└── Conflict             409  EntriesClosed, AlreadyJoined, NotJoined
"""

from joust_contracts.refusals import competitions
from joust_kit.errors import Conflict, Forbidden


class OwnCompetition(Forbidden, says=competitions.OWN_COMPETITION):
    """Nobody competes for a prize of their own."""


class EntriesClosed(Conflict, says=competitions.ENTRIES_CLOSED):
    """The submission deadline has passed."""


class AlreadyJoined(Conflict, says=competitions.ALREADY_JOINED):
    """An account takes part once."""


class NotJoined(Conflict, says=competitions.NOT_JOINED):
    """There is nothing to leave."""
