"""Refusals about submissions to drops.

JoustError
├── Forbidden            403  OwnDrop, NotTheSender
├── NotFound             404  DropNotFound: unknown; NoSubmission
├── Conflict             409  DropNotOpen, NoClaim, AlreadySubmitted
├── Invalid              422  UnknownFile
└── RateLimited          429  TooFast
"""

from joust_contracts.refusals import drops
from joust_kit.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited


class DropNotFound(NotFound, says=drops.NO_SUCH_DROP):
    """There is no such drop, as far as is known here."""


class NoSubmission(NotFound, says=drops.NO_SUBMISSION):
    """There is none that the caller may see."""


class OwnDrop(Forbidden, says=drops.OWN_DROP):
    """Who posted a drop can't compete for it."""


class NotTheSender(Forbidden, says=drops.NOT_THE_SENDER):
    """Only the account that posted the drop may do this."""


class DropNotOpen(Conflict, says=drops.DROP_NOT_OPEN):
    """The drop takes nothing: not yet, or not any more."""


class NoClaim(Conflict, says=drops.NO_CLAIM):
    """The account has no place among those who compete."""


class AlreadySubmitted(Conflict, says=drops.ALREADY_SUBMITTED):
    """The account has handed in its work."""


class UnknownFile(Invalid, says=drops.NO_SUCH_FILE):
    """A key is not that of a finished upload of the account."""


class TooFast(RateLimited, says=drops.SUBMISSION_COOLDOWN):
    """The account hands in too much in too short a time."""
