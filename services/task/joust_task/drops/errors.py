"""Refusals about drops.

JoustError
├── BadRequest           400  NotCancellable
├── Forbidden            403  OwnDrop, NotTheSender
├── NotFound             404  DropNotFound: unknown, or not to be seen by the caller
└── Conflict             409  NotPayable, DropNotOpen, DropFull

InvalidStep                   a step that the table of transitions does not have: a mistake of ours
"""

from joust_contracts.refusals import drops
from joust_kit.errors import BadRequest, Conflict, Forbidden, NotFound


class DropNotFound(NotFound, says=drops.NO_SUCH_DROP):
    """There is no such drop, or the caller may not see it."""


class OwnDrop(Forbidden, says=drops.OWN_DROP):
    """Who posted a drop can't compete for it."""


class NotTheSender(Forbidden, says=drops.NOT_THE_SENDER):
    """Only the account that posted the drop may do this."""


class NotPayable(Conflict, says=drops.NOT_PAYABLE):
    """The drop does not wait for its payment."""


class DropNotOpen(Conflict, says=drops.DROP_NOT_OPEN):
    """The drop takes no claims: not yet, or not any more."""


class DropFull(Conflict, says=drops.DROP_FULL):
    """All places are taken."""


class NotCancellable(BadRequest, says=drops.NOT_CANCELLABLE):
    """The drop is over, or is being ranked."""


class InvalidStep(Exception):
    """The table of transitions does not allow the step; whoever asks must look at the status first."""
