"""How long a worker has an attempt to itself."""

from cryptography.fernet import Fernet

from joust_webhook.settings import WebhookSettings


def test_the_lease_covers_an_attempt_twice_and_is_half_a_minute_by_default() -> None:
    given = {
        "database_url": "postgresql+asyncpg://a:b@localhost/joust",
        "kafka_bootstrap_servers": "localhost:9092",
        "secrets_key": Fernet.generate_key().decode(),
        "judge_token_key": "k" * 32,
        "s3_endpoint_url": "http://127.0.0.1:1",
    }
    assert WebhookSettings.model_validate(given).lease_seconds == 30
    assert WebhookSettings.model_validate({**given, "delivery_timeout_seconds": 20}).lease_seconds == 40
