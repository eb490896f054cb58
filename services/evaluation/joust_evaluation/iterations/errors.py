"""Refusals about iterations.

JoustError
├── NotFound             404  NoSuchEvaluation
└── Forbidden            403  NotTheOwner
"""

from joust_contracts.refusals import evaluations
from joust_kit.errors import Forbidden, NotFound


class NoSuchEvaluation(NotFound, says=evaluations.NO_SUCH_EVALUATION):
    """The submission has no such iteration, or is none of the caller's business."""


class NotTheOwner(Forbidden, says=evaluations.NOT_THE_OWNER_OF_THE_TASK):
    """The record shows what the judge was told; that is for who pays for it."""
