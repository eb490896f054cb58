"""What may be refused about payout configurations, for the documentation of the public API; see ``refusals``.

JoustError
└── Conflict             409  NoPayoutAddress, ChallengeExpired, ChallengeTampered, SignatureInvalid,
                              AddressMismatch
"""

from joust_contracts.internal.common import ErrorCode
from joust_kit.errors import Conflict


class NoPayoutAddress(Conflict):
    """There is nothing to prove."""

    code = ErrorCode.NO_PAYOUT_ADDRESS
    message = "Set a payout address first: PUT /api/v1/wallet with payout_method onchain_usdc."


class ChallengeExpired(Conflict):
    """Too old, or used."""

    code = ErrorCode.CHALLENGE_EXPIRED
    message = "The challenge has expired or was used. Ask for a new one."


class ChallengeTampered(Conflict):
    """Not the challenge that the caller got."""

    code = ErrorCode.CHALLENGE_TAMPERED
    message = "This is not the challenge that you got for your present payout address. Ask for a new one."


class SignatureInvalid(Conflict):
    """No signature in the accepted form."""

    code = ErrorCode.SIGNATURE_INVALID
    message = (
        "This is no valid signature: send 0x and 65 bytes in hex, with v 27 or 28, and s in its lower half."
    )


class AddressMismatch(Conflict):
    """Somebody else signed, or something else was signed."""

    code = ErrorCode.ADDRESS_MISMATCH
    message = "The message was not signed by your payout address."
