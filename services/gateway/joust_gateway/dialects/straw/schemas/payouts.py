"""Payout configurations as the Straw API shows them."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.internal.common import Text
from joust_contracts.internal.payouts import ChallengeView, PayoutView, SetPayout, SignChallenge
from joust_contracts.vocabulary import PayoutChain


class NewPayout(SetPayout):
    """Where you want to be paid."""

    payout_address: Annotated[Text, StringConstraints(min_length=1, max_length=200)] = Field(
        description="0x and 40 hex digits for `onchain_usdc`, otherwise the id of an external account."
    )
    payout_chain: PayoutChain | None = Field(
        default=None, description="Required when `payout_method` is `onchain_usdc`."
    )


class WalletConfiguration(PayoutView):
    """Where you are paid; all null while you have not said."""

    wallet_verified_at: UtcDatetime | None = Field(
        default=None, description="When you proved that the address is yours; null after it was changed."
    )

    @classmethod
    def of(cls, view: PayoutView) -> Self:
        """Translate."""
        return cls(**view.model_dump())


class WalletChallenge(ChallengeView):
    """What to sign within five minutes, with the key of the address."""

    ts: int = Field(description="When it was made, in milliseconds since 1970.")
    sig: str = Field(description="Send it back as it is.")
    message: str = Field(description="Sign exactly this text by EIP-191 (`personal_sign`).")

    @classmethod
    def of(cls, view: ChallengeView) -> Self:
        """Translate."""
        return cls(**view.model_dump())


class SignedChallenge(SignChallenge):
    """The challenge as you got it, and your signature."""

    signature: Annotated[Text, StringConstraints(max_length=1000)] = Field(
        description="0x and 65 bytes in hex, as viem's signMessage gives them."
    )


class WalletVerification(Message):
    """The address is proved."""

    wallet_verified_at: UtcDatetime
