"""Refusals about withdrawals."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

INSUFFICIENT_FUNDS = Refusal(
    409,
    ErrorCode.INSUFFICIENT_FUNDS,
    "The balance does not cover this; details name what is required and what is available.",
)
NO_PAYOUT_METHOD = Refusal(
    409, ErrorCode.NO_PAYOUT_METHOD, "Say first where you are paid: PUT /api/v1/wallet."
)
PAYOUT_NOT_VERIFIED = Refusal(
    409,
    ErrorCode.PAYOUT_NOT_VERIFIED,
    "Prove first that the payout address is yours: POST /api/v1/wallet/verify/challenge.",
)
PAYOUTS_UNAVAILABLE = Refusal(
    409,
    ErrorCode.CONFLICT,
    "Withdrawals are not available on this deployment: no payout provider is configured.",
)
