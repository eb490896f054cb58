"""Refusals about what is handed in to competitions.

JoustError
├── NotFound             404  DraftNotFound: unknown, or somebody else's; CompetitionNotKnown
├── Forbidden            403  NotAnEntrant, OwnCompetition, NotTheCreator
└── Conflict             409  NotADraft, SubmissionsClosed, TooManyDrafts
"""

from joust_contracts.refusals import competitions, drafts
from joust_kit.errors import Conflict, Forbidden, NotFound


class DraftNotFound(NotFound, says=drafts.NO_SUCH_DRAFT):
    """There is no such submission, or it is somebody else's."""


class CompetitionNotKnown(NotFound, says=competitions.NO_SUCH_COMPETITION):
    """There is no such competition, or it is not published."""


class NotAnEntrant(Forbidden, says=drafts.NOT_AN_ENTRANT):
    """Who hands in has joined."""


class OwnCompetition(Forbidden, says=competitions.OWN_COMPETITION):
    """Nobody competes for a prize of their own."""


class NotTheCreator(Forbidden, says=competitions.NOT_THE_CREATOR):
    """Only the competition's creator reviews."""


class SubmissionsClosed(Conflict, says=drafts.SUBMISSIONS_CLOSED):
    """The submission deadline has passed."""


class NotADraft(Conflict, says=drafts.NOT_A_DRAFT):
    """The step is for another status."""


class TooManyDrafts(Conflict, says=drafts.TOO_MANY_DRAFTS):
    """The account has as many submissions to the competition as it may."""
