"""The tables of payout configurations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text
from sqlmodel import Field

from joust_contracts.vocabulary import PayoutChain, PayoutMethod
from joust_kit.database.columns import long_text, moment, one_of, word
from joust_wallet.base import Base
from joust_wallet.payouts.rules import Payout


class PayoutConfiguration(Base, table=True):
    """Where an account wants to be paid, and when it proved that the address is its own."""

    __tablename__ = "payout_configurations"
    __table_args__ = (
        CheckConstraint(one_of("payout_method", PayoutMethod), name="payout_method"),
        CheckConstraint(one_of("payout_chain", PayoutChain), name="payout_chain"),
        CheckConstraint(
            "(payout_method = 'onchain_usdc') = (payout_chain IS NOT NULL)", name="chain_of_an_address"
        ),
        CheckConstraint(
            "payout_method <> 'onchain_usdc' OR payout_address ~ '^0x[0-9a-fA-F]{40}$'", name="address"
        ),
        CheckConstraint(
            "wallet_verified_at IS NULL OR payout_method = 'onchain_usdc'", name="only_an_address_is_verified"
        ),
    )

    account_id: UUID = Field(primary_key=True)
    payout_method: PayoutMethod = word(PayoutMethod)
    payout_address: str = long_text()
    payout_chain: PayoutChain | None = word(PayoutChain, nullable=True)
    wallet_verified_at: datetime | None = moment(nullable=True)
    updated_at: datetime = moment()

    @property
    def payout(self) -> Payout:
        """Where to."""
        return Payout(self.payout_method, self.payout_address, self.payout_chain)

    def change_to(self, payout: Payout, now: datetime) -> None:
        """Anything but the same has to be proved anew."""
        if payout == self.payout:
            return
        self.payout_method, self.payout_address = payout.method, payout.address
        self.payout_chain = payout.chain
        self.wallet_verified_at = None
        self.updated_at = now


class UsedChallenge(Base, table=True):
    """A challenge that proved an address, kept until it would be refused anyway: it is good once."""

    __tablename__ = "used_challenges"
    # serves the removal of what has expired
    __table_args__ = (Index("ix_used_challenges_expiry", "account_id", "expires_at"),)

    nonce: str = Field(sa_column=Column(Text, primary_key=True))
    account_id: UUID
    expires_at: datetime = moment()
