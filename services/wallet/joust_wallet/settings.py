"""Settings of the wallet service, ``JOUST_WALLET_…``."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from joust_kit.settings import ServiceSettings


class WalletSettings(ServiceSettings):
    """Where money comes from, what the platform keeps, and how closely the ledger is watched."""

    model_config = SettingsConfigDict(env_prefix="JOUST_WALLET_")

    funding_provider: Literal["none", "test"] = "none"
    """``test`` credits every deposit at once, without any money: never where real money is paid out."""
    payout_provider: Literal["none", "test"] = "none"
    """``test`` says of every withdrawal that it was paid, and sends nothing: never where real money is."""
    payout_timeout_seconds: float = Field(default=15, gt=0, le=20)
    """The longest that a provider may take to answer, within a job's lease of 30 s; then nobody knows, and
    it is asked again under the same key."""
    platform_fee_bps: int = Field(default=1000, ge=0, le=10_000)
    """Platform's share of a deal in basis points; 1000 is 10 %. A deal keeps the fee it was made with."""

    challenge_key: SecretStr = Field(min_length=16)
    """Signs the challenges by which accounts prove their payout addresses. All processes have the same;
    with another one, challenges that were given out before are refused."""

    audit_interval_seconds: float = Field(default=5, gt=0)
    """How often the newest postings and all balances are audited."""
    audit_newest_postings: int = Field(default=2000, ge=2)
    """Postings that this looks at; more than are written in the interval, so that none is left out."""
    audit_everything_interval_seconds: float = Field(default=3600, gt=0)
    """How often the whole ledger is audited, the first time at the start."""
    audit_timeout_seconds: float = Field(default=300, gt=0)
    """The longest that an audit of the whole ledger may take."""

    def only_local(self) -> Iterator[str]:
        """Names of the settings that allow, as they are, what is only for tests."""
        if self.funding_provider == "test":
            yield "funding_provider"
        if self.payout_provider == "test":
            yield "payout_provider"

    @property
    def challenge_secret(self) -> bytes:
        """The key that signs challenges."""
        return self.challenge_key.get_secret_value().encode()
