"""Refusals about endpoints.

JoustError
├── NotFound             404  EndpointNotFound
├── Conflict             409  TooManyEndpoints, EndpointInactive
└── Invalid              422  UrlNotAllowed
"""

from joust_kit.errors import Conflict, Invalid, NotFound


class EndpointNotFound(NotFound):
    """Unknown, or another account's."""

    message = "There is no such webhook."


class TooManyEndpoints(Conflict):
    """The account has as many endpoints as it may have."""

    message = "The account has as many webhooks as it may have. Deactivate one first."


class EndpointInactive(Conflict):
    """Nothing is sent to an endpoint that was deactivated."""

    message = "This webhook was deactivated. Register its URL again to have events sent there."


class UrlNotAllowed(Invalid):
    """Webhooks are not sent to this URL; ``details.url`` says why."""

    message = "Webhooks can't be sent to this URL; see details."

    def __init__(self, why: str) -> None:
        super().__init__(url=why)
