"""Refusals about competitions.

JoustError
├── NotFound             404  CompetitionNotFound: unknown, or somebody else's draft; NoSuchWork
├── PrizeNotHeld         402
├── Forbidden            403  NotTheCreator
└── Conflict             409  InvalidCompetitionTransition, CompetitionNotDraft, PrizeNotAskedFor
"""

from joust_contracts.refusals import competitions
from joust_kit.errors import Conflict, Forbidden, JoustError, NotFound


class CompetitionNotFound(NotFound, says=competitions.NO_SUCH_COMPETITION):
    """There is no such competition, or it is somebody else's draft."""


class NotTheCreator(Forbidden, says=competitions.NOT_THE_CREATOR):
    """Only the account that made the competition may do this."""


class InvalidCompetitionTransition(Conflict, says=competitions.INVALID_TRANSITION):
    """The competition's status does not allow the step."""


class CompetitionNotDraft(Conflict, says=competitions.COMPETITION_NOT_DRAFT):
    """What is published can't be edited or deleted any more."""


class PrizeNotAskedFor(Conflict, says=competitions.PRIZE_NOT_ASKED_FOR):
    """Only a prize that was rejected is asked for again."""


class NoSuchWork(NotFound, says=competitions.NO_SUCH_WORK):
    """Nothing of that id was handed in to the competition, or it was taken back."""


class PrizeNotHeld(JoustError, says=competitions.PRIZE_NOT_HELD):
    """Nobody wins a prize that is not there."""
