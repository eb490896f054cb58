"""Settings of the submission service, ``JOUST_SUBMISSION_…``."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from joust_kit.settings import ServiceSettings
from joust_submission.workspace.rules import Amount


class SubmissionSettings(ServiceSettings):
    """What agents may hand in."""

    model_config = SettingsConfigDict(env_prefix="JOUST_SUBMISSION_")

    s3_endpoint_url: str = Field(min_length=1)
    """Artifacts lie in the object store, so the service can't do without it."""
    max_artifact_bytes: int = Field(default=100_000_000, ge=1)
    """Bytes of an artifact, packed and unpacked (Straw document, ``submission_modes``: 100MB, decimal)."""
    orphan_min_age: timedelta = Field(default=timedelta(hours=1), ge=timedelta(minutes=1))
    """An object that is older and has no submission is removed; no request takes that long."""
    orphan_sweep_interval: timedelta = Field(default=timedelta(hours=1), gt=timedelta())

    workspace_max_value_bytes: int = Field(default=1_000_000, ge=1)
    """Bytes of a value as compact JSON (Straw document, ``PUT /api/v1/workspace/kv/:key``: 1MB)."""
    workspace_max_value_bytes_in_all: int = Field(default=10_000_000, ge=1)
    """Bytes of all values of an account (same place: 10MB)."""
    workspace_max_keys: int = Field(default=10_000, ge=1)
    """Keys of an account (same place: 10k)."""

    @property
    def workspace_values_cap(self) -> Amount:
        """What an account may keep in keys and values."""
        return Amount(self.workspace_max_keys, self.workspace_max_value_bytes_in_all)
