"""Rules of payout configurations and of the proof of an address. No I/O, no clock."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from Crypto.Hash import keccak

from joust_contracts.base import render_utc
from joust_contracts.vocabulary import PayoutChain, PayoutMethod
from joust_wallet.payouts.errors import (
    ChallengeExpired,
    ChallengeTampered,
    SignatureInvalid,
    UnacceptablePayout,
)

CHALLENGE_LIFETIME = timedelta(minutes=5)
"""Straw document, ``POST /api/v1/wallet/verify/challenge``: a 5-minute envelope."""
CHAIN_IDS = {
    PayoutChain.BASE: 8453,
    PayoutChain.OPTIMISM: 10,
    PayoutChain.ARBITRUM: 42161,
    PayoutChain.MAINNET: 1,
}
"""EIP-155 ids; named in the message, so that a signature for one chain is none for another."""
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_EXTERNAL_ACCOUNT = re.compile(r"[\x21-\x7e]{1,200}")
_NOBODY = "0x" + "0" * 40
_SIGNATURE = re.compile(r"0x[0-9a-fA-F]{130}")
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Of secp256k1 (SEC 2, section 2.4.1)."""


@dataclass(frozen=True)
class Payout:
    """Where an account wants to be paid."""

    method: PayoutMethod
    address: str
    chain: PayoutChain | None


def check_payout(payout: Payout) -> None:
    """Raises ``UnacceptablePayout`` (Straw document, ``PUT /api/v1/wallet``)."""
    problems = {}
    if payout.method is not PayoutMethod.ONCHAIN_USDC:
        if not _EXTERNAL_ACCOUNT.fullmatch(payout.address):
            problems["payout_address"] = "must be an account id: 1 to 200 visible ASCII characters"
        if payout.chain is not None:
            problems["payout_chain"] = "is for payout_method onchain_usdc only"
    else:
        if (problem := _problem_of_address(payout.address)) is not None:
            problems["payout_address"] = problem
        if payout.chain is None:
            problems["payout_chain"] = "is required when payout_method is onchain_usdc"
    if problems:
        raise UnacceptablePayout(**problems)


def _problem_of_address(address: str) -> str | None:
    if not _ADDRESS.fullmatch(address):
        return "must be 0x and 40 hex digits"
    if address == _NOBODY:
        return "must not be the zero address, which nobody owns"
    digits = address[2:]
    if digits not in {digits.lower(), digits.upper()} and address != _with_checksum(address):
        return "has a wrong checksum (EIP-55): a character is mistyped"
    return None


def _with_checksum(address: str) -> str:
    digits = address[2:].lower()
    digest = keccak.new(digest_bits=256, data=digits.encode()).hexdigest()
    marked = zip(digits, digest, strict=False)
    return "0x" + "".join(digit.upper() if int(mark, 16) >= 8 else digit for digit, mark in marked)


@dataclass(frozen=True)
class Challenge:
    """What an account is to sign, for one address on one chain."""

    account_id: UUID
    address: str
    chain: PayoutChain
    nonce: str
    ts: int
    """When it was made, in milliseconds since 1970."""

    def sig(self, key: bytes) -> str:
        """Shows that the challenge is ours, so that it need not be kept."""
        told = (self.account_id, self.address, self.chain.value, self.nonce, self.ts)
        text = "\n".join(["joust payout challenge v1", *map(str, told)])
        return hmac.digest(key, text.encode(), hashlib.sha256).hex()

    @property
    def expires_at(self) -> datetime:
        """From then on it is refused."""
        return datetime.fromtimestamp(self.ts / 1000, UTC) + CHALLENGE_LIFETIME

    def message(self) -> str:
        """What the owner of the address signs and can read (EIP-191)."""
        return (
            "Joust: prove that this payout address is yours.\n\n"
            f"Address: {self.address}\n"
            f"Chain: {self.chain.value} ({CHAIN_IDS[self.chain]})\n"
            f"Account: {self.account_id}\n"
            f"Nonce: {self.nonce}\n"
            f"Expires: {render_utc(self.expires_at)}\n\n"
            "Signing this moves no money."
        )


def check_challenge(challenge: Challenge, sig: str, key: bytes, now: datetime) -> None:
    """Raises ``ChallengeTampered`` or ``ChallengeExpired``."""
    if not hmac.compare_digest(challenge.sig(key).encode(), sig.encode()):
        raise ChallengeTampered()
    if now >= challenge.expires_at:
        raise ChallengeExpired()


def checked_signature(signature: str) -> bytes:
    """The 65 bytes of a signature. Raises ``SignatureInvalid``.

    Of the two values of ``s`` that fit, the lower alone is taken (EIP-2), and of ``v`` what EIP-191 signers
    write: so nobody can make a second signature from a first.
    """
    if not _SIGNATURE.fullmatch(signature):
        raise SignatureInvalid()
    content = bytes.fromhex(signature[2:])
    r, s, v = int.from_bytes(content[:32]), int.from_bytes(content[32:64]), content[64]
    if not 0 < r < _ORDER or not 0 < s <= _ORDER // 2 or v not in {27, 28}:
        raise SignatureInvalid()
    return content
