"""Internal API of payout configurations, which the wallet owns."""

from typing import Annotated

from pydantic import Field, StringConstraints

from joust_contracts.base import Command, Message, UtcDatetime
from joust_contracts.internal.common import Text
from joust_contracts.vocabulary import PayoutChain, PayoutMethod


class SetPayout(Command):
    """Where an account wants to be paid."""

    payout_method: PayoutMethod
    payout_address: Annotated[Text, StringConstraints(min_length=1, max_length=200)]
    payout_chain: PayoutChain | None = None


class PayoutView(Message):
    """Where an account wants to be paid; all ``None`` while it has not said."""

    payout_method: PayoutMethod | None = None
    payout_address: str | None = None
    payout_chain: PayoutChain | None = None
    wallet_verified_at: UtcDatetime | None = None


class ChallengeView(Message):
    """What the owner of an address is to sign."""

    nonce: str
    ts: int
    sig: str
    message: str


class SignChallenge(Command):
    """A challenge and its signature."""

    nonce: Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")]
    ts: Annotated[int, Field(strict=True, ge=0, le=2**43)]
    """Milliseconds; the limit is in the year 2248."""
    sig: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    signature: Annotated[Text, StringConstraints(max_length=1000)]
