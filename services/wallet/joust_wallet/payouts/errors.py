"""Refusals about payout configurations.

JoustError
├── Conflict             409  NoPayoutAddress, ChallengeExpired, ChallengeTampered, SignatureInvalid,
│                             AddressMismatch
└── Invalid              422  UnacceptablePayout
"""

from joust_contracts.internal.common import ErrorCode
from joust_kit.errors import Conflict, Invalid


class NoPayoutAddress(Conflict):
    """There is no address whose ownership could be proved."""

    code = ErrorCode.NO_PAYOUT_ADDRESS
    message = "Set a payout address first: PUT /api/v1/wallet with payout_method onchain_usdc."


class ChallengeExpired(Conflict):
    """The challenge is older than it may be, or was used."""

    code = ErrorCode.CHALLENGE_EXPIRED
    message = "The challenge has expired or was used. Ask for a new one."


class ChallengeTampered(Conflict):
    """The challenge is not one that this account got for the address and chain that it has now."""

    code = ErrorCode.CHALLENGE_TAMPERED
    message = "This is not the challenge that you got for your present payout address. Ask for a new one."


class SignatureInvalid(Conflict):
    """The signature is none, or not in its one accepted form."""

    code = ErrorCode.SIGNATURE_INVALID
    message = (
        "This is no valid signature: send 0x and 65 bytes in hex, with v 27 or 28, and s in its lower half."
    )


class AddressMismatch(Conflict):
    """Another address signed, or another message was signed."""

    code = ErrorCode.ADDRESS_MISMATCH
    message = "The message was not signed by your payout address."


class UnacceptablePayout(Invalid):
    """Method, address and chain don't fit together; ``details`` names each."""

    message = "Some fields are not valid; see details."
