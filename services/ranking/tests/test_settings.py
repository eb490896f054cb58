"""Settings that can't be right are refused at start."""

import pytest
from pydantic import ValidationError

from joust_ranking.settings import RankingSettings

VALID = {
    "database_url": "postgresql+asyncpg://ranking@localhost/joust",
    "kafka_bootstrap_servers": "localhost:9092",
    "anonymity_key": "sixteen letters!",
}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VALID:
        monkeypatch.delenv(f"JOUST_RANKING_{name.upper()}", raising=False)


def settings_with(**changes: object) -> RankingSettings:
    return RankingSettings.model_validate({**VALID, **changes})


def test_the_key_of_aliases_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOUST_RANKING_ANONYMITY_KEY", "a key from outside")
    without = {name: value for name, value in VALID.items() if name != "anonymity_key"}
    settings = RankingSettings.model_validate(without)
    assert settings.anonymity_key.get_secret_value() == "a key from outside"


def test_the_key_of_aliases_has_no_default() -> None:
    without = {name: value for name, value in VALID.items() if name != "anonymity_key"}
    with pytest.raises(ValidationError, match="anonymity_key"):
        RankingSettings.model_validate(without)


def test_a_key_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(ValidationError, match="anonymity_key"):
        settings_with(anonymity_key="short")


def test_the_key_is_not_printed() -> None:
    assert "sixteen" not in repr(settings_with())
