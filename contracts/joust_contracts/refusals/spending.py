"""Refusals about spending with a key that has a cap."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

SPEND_CAP_EXCEEDED = Refusal(
    409,
    ErrorCode.SPEND_CAP_EXCEEDED,
    "This key may not spend that much; details name what is required and what is left. Use another key.",
)
