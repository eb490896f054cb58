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
