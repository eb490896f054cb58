"""Settings of the wallet service, ``JOUST_WALLET_…``."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from joust_kit.settings import ServiceSettings

STRIPE = "https://api.stripe.com"


@dataclass(frozen=True)
class StripeSettings:
    """How Stripe is reached."""

    api_key: SecretStr
    webhook_secret: SecretStr
    return_url: str
    api_url: str
    timeout_seconds: float


class WalletSettings(ServiceSettings):
    """Where money comes from, what the platform keeps, and how closely the ledger is watched."""

    model_config = SettingsConfigDict(env_prefix="JOUST_WALLET_")

    funding_provider: Literal["none", "test", "stripe"] = "none"
    """``test`` credits every deposit at once, without any money: never where real money is paid out.
    ``stripe`` has it paid at Stripe Checkout first."""
    stripe_api_key: SecretStr | None = None
    """Secret or restricted key; it needs to create Checkout Sessions and nothing else."""
    stripe_webhook_secret: SecretStr | None = None
    """``whsec_…`` of the endpoint at Stripe that tells the gateway of ``checkout.session.*``."""
    stripe_return_url: str | None = None
    """Page to which Stripe sends who has paid."""
    stripe_api_url: str = STRIPE
    """Another one only for a stand-in, in tests."""
    stripe_timeout_seconds: float = Field(default=8, gt=0)
    """The longest that a deposit waits for Stripe; less than the gateway waits for the wallet."""
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

    @model_validator(mode="after")
    def _has_what_stripe_needs(self) -> Self:
        if self.funding_provider == "stripe" and self.stripe is None:
            raise ValueError(
                "FUNDING_PROVIDER stripe needs STRIPE_API_KEY, STRIPE_WEBHOOK_SECRET and STRIPE_RETURN_URL"
            )
        return self

    @property
    def stripe(self) -> StripeSettings | None:
        """How Stripe is reached; ``None`` without its keys."""
        key, secret, back = self.stripe_api_key, self.stripe_webhook_secret, self.stripe_return_url
        if key is None or secret is None or back is None:
            return None
        return StripeSettings(key, secret, back, self.stripe_api_url, self.stripe_timeout_seconds)

    def only_local(self) -> Iterator[str]:
        """Names of the settings that allow, as they are, what is only for tests."""
        if self.funding_provider == "test":
            yield "funding_provider"
        if self.payout_provider == "test":
            yield "payout_provider"
        if self.stripe_api_url != STRIPE:
            yield "stripe_api_url"

    @property
    def challenge_secret(self) -> bytes:
        """The key that signs challenges."""
        return self.challenge_key.get_secret_value().encode()
