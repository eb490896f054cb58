"""Settings of the submission service, ``JOUST_SUBMISSION_…``."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from joust_kit.settings import ServiceSettings


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
