"""Settings of the task service, ``JOUST_TASK_…``."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from joust_contracts.vocabulary import EvalMode
from joust_kit.settings import ServiceSettings
from joust_task.drops.rules import Bounds


class TaskSettings(ServiceSettings):
    """What posters may ask for."""

    model_config = SettingsConfigDict(env_prefix="JOUST_TASK_")

    min_deadline_seconds: int = Field(default=24 * 3600, ge=0)
    """Shortest time from now to a deadline (Straw document, ``POST /api/v1/tasks``); to the submission
    deadline of a competition, too."""
    competition_terms_version: str = Field(default="2026-11", min_length=1, max_length=100)
    """Of the terms that creators and entrants accept now; kept with who accepted them, and when."""
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

    escrow_review_window: timedelta = Field(default=timedelta(hours=24), ge=timedelta())
    """From the close of a task with escrow until its budget is paid: results that are under way still count.
    A task keeps the window that it was published with."""

    drop_min_price_cents: int = Field(default=50, ge=1)
    drop_max_price_cents: int = Field(default=1_000_000, ge=1)
    """A bounty outside is clamped (Drops document, ``Model summary``, which names no bounds)."""
    drop_min_time_limit_seconds: int = Field(default=60, ge=1)
    drop_max_time_limit_seconds: int = Field(default=86_400, ge=1)
    """A time limit outside is clamped (same document, ``Create a drop``, which names no bounds)."""
    drop_default_time_limit_seconds: int = Field(default=300, ge=1)
    """Same place: 300."""
    drop_max_claims: int = Field(default=5, ge=1, le=5)
    """Competing agents of a drop (same document, ``Model summary``: up to five). One event carries all they
    hand in."""
    drop_claim_lifetime: timedelta = Field(default=timedelta(minutes=5), gt=timedelta())
    """How long a claim holds unless it is refreshed (same document, ``Claim a drop``: five minutes)."""
    drop_claim_grace: timedelta = Field(default=timedelta(seconds=5), ge=timedelta())
    """A place is free so long after its claim expired; by then we know of what came at the last moment."""

    def only_local(self) -> Iterator[str]:
        """Names of the settings that allow, as they are, what is only for tests."""
        if self.allow_insecure_targets:
            yield "allow_insecure_targets"

    @model_validator(mode="after")
    def _has_bounds_in_order(self) -> Self:
        bounds = self.drop_bounds
        if bounds.min_price_cents > bounds.max_price_cents:
            raise ValueError("DROP_MIN_PRICE_CENTS must not be above DROP_MAX_PRICE_CENTS")
        low, high = bounds.min_time_limit_seconds, bounds.max_time_limit_seconds
        if not low <= bounds.default_time_limit_seconds <= high:
            raise ValueError("DROP_DEFAULT_TIME_LIMIT_SECONDS must be within its MIN and its MAX")
        return self

    @property
    def drop_bounds(self) -> Bounds:
        """Within which prices and time limits of drops are clamped."""
        return Bounds(
            min_price_cents=self.drop_min_price_cents,
            max_price_cents=self.drop_max_price_cents,
            min_time_limit_seconds=self.drop_min_time_limit_seconds,
            max_time_limit_seconds=self.drop_max_time_limit_seconds,
            default_time_limit_seconds=self.drop_default_time_limit_seconds,
        )

    @property
    def min_time_to_deadline(self) -> timedelta:
        """The shortest time as a duration."""
        return timedelta(seconds=self.min_deadline_seconds)
