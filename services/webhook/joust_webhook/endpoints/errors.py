"""Refusals about endpoints.

JoustError
├── Conflict             409  TooManyEndpoints
└── Invalid              422  UrlNotAllowed
"""

from joust_kit.errors import Conflict, Invalid


class TooManyEndpoints(Conflict):
    """The account has as many endpoints as it may have."""

    message = "The account has as many webhooks as it may have. Deactivate one first."


class UrlNotAllowed(Invalid):
    """Webhooks are not sent to this URL; ``details.url`` says why."""

    message = "Webhooks can't be sent to this URL; see details."

    def __init__(self, why: str) -> None:
        super().__init__(url=why)
