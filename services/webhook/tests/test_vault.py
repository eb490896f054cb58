"""How secrets are kept."""

import base64

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr, ValidationError

from joust_webhook.settings import WebhookSettings
from joust_webhook.vault import UnreadableSecret, Vault, new_secret

REQUIRED = {
    "database_url": "postgresql+asyncpg://u@h/d",
    "kafka_bootstrap_servers": "h:1",
    "judge_token_key": "k" * 32,
    "s3_endpoint_url": "http://127.0.0.1:1",
}


def a_key() -> str:
    return Fernet.generate_key().decode()


def test_a_secret_has_the_form_of_standard_webhooks() -> None:
    secret = new_secret()
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert new_secret() != secret


def test_what_was_encrypted_is_read_and_does_not_show() -> None:
    vault = Vault(SecretStr(a_key()))
    stored = vault.encrypt("whsec_abc")
    assert b"whsec" not in stored
    assert vault.decrypt(stored) == "whsec_abc"


def test_after_a_change_of_keys_old_secrets_are_still_read() -> None:
    old, new = a_key(), a_key()
    stored = Vault(SecretStr(old)).encrypt("whsec_abc")
    both = Vault(SecretStr(f"{new}, {old}"))
    assert both.decrypt(stored) == "whsec_abc"
    assert Vault(SecretStr(new)).decrypt(both.encrypt("whsec_def")) == "whsec_def"


def test_a_secret_of_another_key_is_not_readable() -> None:
    stored = Vault(SecretStr(a_key())).encrypt("whsec_abc")
    with pytest.raises(UnreadableSecret):
        Vault(SecretStr(a_key())).decrypt(stored)


@pytest.mark.parametrize("key", ["", "short", "x" * 44, ","])
def test_the_service_does_not_start_with_a_key_that_is_none(key: str) -> None:
    with pytest.raises(ValidationError, match=r"Fernet\.generate_key"):
        WebhookSettings(secrets_key=SecretStr(key), **REQUIRED)  # type: ignore[arg-type]


def test_the_service_does_not_start_without_a_key() -> None:
    with pytest.raises(ValidationError, match="secrets_key"):
        WebhookSettings(**REQUIRED)  # type: ignore[arg-type]


def test_delays_that_shrink_are_refused() -> None:
    with pytest.raises(ValidationError, match="judge_first_delay_seconds"):
        WebhookSettings(
            secrets_key=SecretStr(a_key()),
            judge_first_delay_seconds=10,
            judge_max_delay_seconds=1,
            **REQUIRED,  # type: ignore[arg-type]
        )


def test_stored_answers_stay_readable_while_the_oldest_key_is_there() -> None:
    old, new = a_key(), a_key()

    def pepper(keys: str) -> bytes:
        return WebhookSettings(secrets_key=SecretStr(keys), **REQUIRED).idempotency_pepper  # type: ignore[arg-type]

    assert pepper(old) == pepper(f"{new},{old}") != pepper(new)
