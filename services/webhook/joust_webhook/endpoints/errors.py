"""Refusals about endpoints.

JoustError
├── NotFound             404  EndpointNotFound
├── Conflict             409  TooManyEndpoints, EndpointInactive, EndpointIsDisabled, TooManySecrets
└── Invalid              422  UrlNotAllowed
"""

from joust_contracts.refusals import webhooks
from joust_kit.errors import Conflict, Invalid, NotFound


class EndpointNotFound(NotFound, says=webhooks.NO_SUCH_WEBHOOK):
    """Unknown, or another account's."""


class TooManyEndpoints(Conflict, says=webhooks.TOO_MANY_WEBHOOKS):
    """The account has as many endpoints as it may have."""


class EndpointInactive(Conflict, says=webhooks.WEBHOOK_INACTIVE):
    """Nothing is sent to an endpoint that was deactivated."""


class EndpointIsDisabled(Conflict, says=webhooks.WEBHOOK_DISABLED):
    """Nothing is sent to an endpoint until it is enabled."""


class TooManySecrets(Conflict, says=webhooks.TOO_MANY_SECRETS):
    """Each message would have too many signatures."""


class UrlNotAllowed(Invalid):
    """Webhooks are not sent to this URL; ``details.url`` says why."""

    message = "Webhooks can't be sent to this URL; see details."

    def __init__(self, why: str) -> None:
        super().__init__(url=why)
