"""Settings of the wallet service, ``JOUST_WALLET_…``."""

from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from joust_kit.settings import ServiceSettings


class WalletSettings(ServiceSettings):
    """Where money comes from, and what the platform keeps."""

    model_config = SettingsConfigDict(env_prefix="JOUST_WALLET_")

    funding_provider: Literal["none", "test"] = "none"
    """``test`` credits every deposit at once, without any money: never where real money is paid out."""
    platform_fee_bps: int = Field(default=1000, ge=0, le=10_000)
    """Platform's share of a deal in basis points; 1000 is 10 %. A deal keeps the fee it was made with."""
