"""What may be refused about webhooks, for the documentation of the public API.

JoustError
├── NotFound             404  NoSuchWebhook
└── Conflict             409  TooManyWebhooks, WebhookInactive
"""

from joust_kit.errors import Conflict, NotFound


class NoSuchWebhook(NotFound):
    """Unknown, or another account's."""

    message = "There is no such webhook."


class TooManyWebhooks(Conflict):
    """The account has as many active webhooks as it may have."""

    message = "The account has as many webhooks as it may have. Deactivate one first."


class WebhookInactive(Conflict):
    """Nothing is sent to a webhook that was deactivated."""

    message = "This webhook was deactivated. Register its URL again to have events sent there."
