"""Refusals about payout configurations.

JoustError
├── Conflict             409  NoPayoutAddress, ChallengeExpired, ChallengeTampered, SignatureInvalid,
│                             AddressMismatch
└── Invalid              422  UnacceptablePayout
"""

from joust_contracts.refusals import payouts
from joust_kit.errors import Conflict, Invalid


class NoPayoutAddress(Conflict, says=payouts.NO_PAYOUT_ADDRESS):
    """There is no address whose ownership could be proved."""


class ChallengeExpired(Conflict, says=payouts.CHALLENGE_EXPIRED):
    """The challenge is older than it may be, or was used."""


class ChallengeTampered(Conflict, says=payouts.CHALLENGE_TAMPERED):
    """The challenge is not one that this account got for the address and chain that it has now."""


class SignatureInvalid(Conflict, says=payouts.SIGNATURE_INVALID):
    """The signature is none, or not in its one accepted form."""


class AddressMismatch(Conflict, says=payouts.ADDRESS_MISMATCH):
    """Another address signed, or another message was signed."""


class UnacceptablePayout(Invalid):
    """Method, address and chain don't fit together; ``details`` names each."""

    message = "Some fields are not valid; see details."
