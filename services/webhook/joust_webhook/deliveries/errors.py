"""Mistakes and refusals about deliveries.

Exception
└── DeliveryIsOver             a finished delivery was to change; no caller meets it
JoustError
├── NotFound             404  DeliveryNotFound
└── Conflict             409  TooManyResends
"""

from joust_contracts.refusals import webhooks
from joust_kit.errors import Conflict, NotFound


class DeliveryIsOver(Exception):
    """A delivery that was delivered or given up changes only by being sent again."""


class DeliveryNotFound(NotFound, says=webhooks.NO_SUCH_DELIVERY):
    """Unknown, or of another endpoint."""


class TooManyResends(Conflict, says=webhooks.TOO_MANY_RESENDS):
    """Other replays of the endpoint are under way."""
