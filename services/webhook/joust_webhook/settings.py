"""Settings of the webhook service, ``JOUST_WEBHOOK_…``."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, PositiveFloat, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from joust_kit.derived_secrets import check_keys
from joust_kit.settings import ServiceSettings
from joust_webhook.vault import Vault


class WebhookSettings(ServiceSettings):
    """Where webhooks may go, and how patiently they are delivered."""

    model_config = SettingsConfigDict(env_prefix="JOUST_WEBHOOK_")

    secrets_key: SecretStr
    """Fernet key under which the endpoints' secrets lie in the database; make one with
    ``cryptography.fernet.Fernet.generate_key()``. To change it, put the new key before the old one with a
    comma between them: the first encrypts, all decrypt."""
    judge_token_key: Annotated[SecretStr, AfterValidator(check_keys)]
    """The evaluation service's: callback tokens of external tasks are derived from it, and the secrets that
    sign requests to posters' judges."""
    s3_endpoint_url: str = Field(min_length=1)
    """Requests to posters' judges hold a signed URL of the artifact."""
    allow_insecure_targets: bool = False
    """Also take ``http`` and loopback targets, for a stack on one machine; no other private address."""
    max_endpoints_per_account: int = Field(default=20, ge=1, le=1000)
    """Bounds the deliveries that one event can cause."""

    deactivated_endpoint_retention: timedelta = Field(default=timedelta(days=30), ge=timedelta(hours=1))
    """An account's list shows a deactivated endpoint for so long; then it is forgotten, with its secret."""

    old_secret_lifetime: timedelta = Field(default=timedelta(hours=24), ge=timedelta(0), le=timedelta(days=7))
    """So long a secret that was replaced signs too, unless who replaces it says otherwise."""
    delivery_log_retention: timedelta = Field(default=timedelta(days=30), ge=timedelta(hours=1))
    """Deliveries that are over, with their attempts, are forgotten after so long. An event that is handled a
    second time so late would be sent again, so it is longer than the inbox remembers."""

    event_log_retention: timedelta = Field(default=timedelta(days=30), ge=timedelta(hours=1))
    """An account finds what it was told in its log of events for so long."""

    delivery_timeout_seconds: float = Field(default=15, gt=0, le=30)
    """For one attempt as a whole, from the name's resolution to the answer's end."""
    delivery_delays_seconds: tuple[PositiveFloat, ...] = Field(
        default=(5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400), max_length=100
    )
    """Waits after failed attempts to deliver to an endpoint, as a JSON list; the attempt after the last wait
    is the last one. The default spreads ten attempts over three and a half days, as Standard Webhooks
    proposes ("Retry schedule")."""
    judge_max_attempts: int = Field(default=10, ge=1, le=100)
    """For a request to a poster's own judge, whose submitter waits."""
    judge_first_delay_seconds: float = Field(default=0.5, gt=0)
    """Wait after the first failed attempt, doubled after each further one."""
    judge_max_delay_seconds: float = Field(default=300, gt=0)
    failing_limit: timedelta = Field(default=timedelta(days=5), gt=timedelta(0))
    """An endpoint at which every attempt failed for so long is disabled."""

    delivery_patience_seconds: float = Field(default=0.5, gt=0)
    """An attempt whose answer takes longer goes on without its worker, which takes up the next one. While
    half of the workers wait for answers it is a fifth of it, and nothing for receivers that were slow
    before."""
    attempts_per_endpoint: int = Field(default=8, ge=1, le=100)
    """Under way at once in one process; what is more waits."""
    attempts_without_worker: int = Field(default=256, ge=0, le=256)
    """Under way at once in one process, over all endpoints. Further ones keep their workers; at endpoints
    that were slow before they are put off when three quarters are under way."""
    circuit_failures: int = Field(default=5, ge=1)
    """After so many failures in a row an endpoint gets one attempt at a time, with growing pauses."""
    circuit_max_pause_seconds: float = Field(default=300, ge=1)

    test_timeout_seconds: float = Field(default=5, gt=0, le=8)
    """For a test delivery, whose caller waits; the gateway waits for 10 s in all."""

    @field_validator("secrets_key")
    @classmethod
    def _is_a_key(cls, key: SecretStr) -> SecretStr:
        Vault(key)
        return key

    def only_local(self) -> Iterator[str]:
        """Names of the settings that allow, as they are, what is only for tests."""
        if self.allow_insecure_targets:
            yield "allow_insecure_targets"

    @model_validator(mode="after")
    def _delays_grow(self) -> Self:
        if self.judge_first_delay_seconds > self.judge_max_delay_seconds:
            raise ValueError("set judge_first_delay_seconds to at most judge_max_delay_seconds")
        return self

    @property
    def lease_seconds(self) -> float:
        """How long a worker has an attempt to itself: twice what it may take.

        So no second worker starts it meanwhile, and what a dead worker had in hand is late by half a minute.
        """
        return 2 * self.delivery_timeout_seconds

    @property
    def idempotency_pepper(self) -> bytes:
        """Answers hold new secrets, so reading them takes the oldest secrets key too."""
        oldest = self.secrets_key.get_secret_value().split(",")[-1].strip()
        return hashlib.sha256(b"joust webhook idempotency v1" + oldest.encode()).digest()
