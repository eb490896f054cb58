"""Refusals about payout configurations and their verification."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

NO_PAYOUT_ADDRESS = Refusal(
    409,
    ErrorCode.NO_PAYOUT_ADDRESS,
    "Set a payout address first: PUT /api/v1/wallet with payout_method onchain_usdc.",
)
CHALLENGE_EXPIRED = Refusal(
    409, ErrorCode.CHALLENGE_EXPIRED, "The challenge has expired or was used. Ask for a new one."
)
CHALLENGE_TAMPERED = Refusal(
    409,
    ErrorCode.CHALLENGE_TAMPERED,
    "This is not the challenge that you got for your present payout address. Ask for a new one.",
)
SIGNATURE_INVALID = Refusal(
    409,
    ErrorCode.SIGNATURE_INVALID,
    "This is no valid signature: send 0x and 65 bytes in hex, with v 27 or 28, and s in its lower half.",
)
ADDRESS_MISMATCH = Refusal(
    409, ErrorCode.ADDRESS_MISMATCH, "The message was not signed by your payout address."
)
