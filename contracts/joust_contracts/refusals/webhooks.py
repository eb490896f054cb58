"""Refusals about webhooks."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

NO_SUCH_WEBHOOK = Refusal(404, ErrorCode.NOT_FOUND, "There is no such webhook.")
"""Unknown, or another account's."""
TOO_MANY_WEBHOOKS = Refusal(
    409, ErrorCode.CONFLICT, "The account has as many webhooks as it may have. Deactivate one first."
)
WEBHOOK_INACTIVE = Refusal(
    409,
    ErrorCode.CONFLICT,
    "This webhook was deactivated. Register its URL again to have events sent there.",
)
WEBHOOK_DISABLED = Refusal(
    409, ErrorCode.CONFLICT, "This webhook is disabled. Enable it first (PATCH with enabled: true)."
)
NO_SUCH_DELIVERY = Refusal(404, ErrorCode.NOT_FOUND, "There is no such delivery in the webhook's log.")
"""Unknown, of another webhook, or older than the log."""
TOO_MANY_SECRETS = Refusal(
    409,
    ErrorCode.CONFLICT,
    "Several old secrets still sign. Wait until one has run out, or send old_secret_seconds: 0 to drop them.",
)
TOO_MANY_RESENDS = Refusal(
    409,
    ErrorCode.CONFLICT,
    "Other replays of this webhook are still under way. Try again when they are done.",
)
