"""Settings that would lose money are refused at start."""

from typing import Any

import pytest
from pydantic import ValidationError

from joust_wallet.settings import WalletSettings

NEEDED = {
    "database_url": "postgresql+asyncpg://wallet@localhost/joust",
    "kafka_bootstrap_servers": "localhost:1",
    "challenge_key": "a key that only tests know",
}


def test_money_comes_from_nowhere_unless_a_provider_is_chosen() -> None:
    settings = WalletSettings(**NEEDED)
    assert (settings.funding_provider, settings.platform_fee_bps) == ("none", 1000)


@pytest.mark.parametrize(
    "wrong",
    [
        {"platform_fee_bps": -1},
        {"platform_fee_bps": 10_001},
        {"funding_provider": "bank"},
        {"funding_provider": "stripe"},
        {"funding_provider": "stripe", "stripe_api_key": "sk", "stripe_webhook_secret": "whsec"},
    ],
)
def test_what_can_not_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WalletSettings(**NEEDED, **wrong)
