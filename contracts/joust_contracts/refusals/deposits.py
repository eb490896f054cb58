"""Refusals about deposits."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

NOTICE_REFUSED = Refusal(
    400,
    ErrorCode.BAD_REQUEST,
    "This was not signed by the funding provider within the last five minutes.",
)
NO_FUNDING_PROVIDER = Refusal(
    409, ErrorCode.CONFLICT, "This deployment has no funding provider that tells of payments."
)
