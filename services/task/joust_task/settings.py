"""Settings of the task service, ``JOUST_TASK_…``."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from joust_contracts.vocabulary import EvalMode
from joust_kit.settings import ServiceSettings


class TaskSettings(ServiceSettings):
    """What posters may ask for."""

    model_config = SettingsConfigDict(env_prefix="JOUST_TASK_")

    min_deadline_seconds: int = Field(default=24 * 3600, ge=0)
    """Shortest time from now to a deadline (Straw document, ``POST /api/v1/tasks``)."""
    eval_modes: frozenset[EvalMode] = frozenset({EvalMode.LLM, EvalMode.EXTERNAL})
    """Modes that the deployment can judge; a draft in another mode can't be published."""
    test_suites: bool = False
    """Whether the deployment's evaluation service has a sandbox to run test suites in. Without one, a draft
    with a suite can't be published."""
    allow_insecure_targets: bool = False
    """Also take ``http`` and loopback targets as ``eval_callback_url``, for a stack on one machine. The
    webhook service, which connects to them, has the same setting."""
    s3_endpoint_url: str = Field(min_length=1)
    """Files of tasks lie in the object store, so the service can't do without it."""
    max_test_suite_bytes: int = Field(default=5_000_000, ge=1)
    """Straw document, ``POST /api/v1/tasks/:id/test-suite``: 5MB, decimal."""
    max_sample_bytes: int = Field(default=100_000_000, ge=1)
    """Bytes of a sample, packed and unpacked: as many as a submission may have."""
    max_attachment_bytes: int = Field(default=10_000_000, ge=1)
    """Straw document, ``POST /api/tasks/:id/attachments``: 10MB, decimal."""
    max_attachments_per_task: int = Field(default=10, ge=1)
    """Straw document, ``POST /api/tasks/:id/attachments``."""
    orphan_min_age: timedelta = Field(default=timedelta(hours=1), ge=timedelta(minutes=1))
    """An object that is older and has no task is removed; no request takes that long."""
    orphan_sweep_interval: timedelta = Field(default=timedelta(hours=1), gt=timedelta())

    @property
    def min_time_to_deadline(self) -> timedelta:
        """The shortest time as a duration."""
        return timedelta(seconds=self.min_deadline_seconds)
