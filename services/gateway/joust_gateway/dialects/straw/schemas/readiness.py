"""Samples of drafts, and what came of trying a judge on them, as the Straw API shows them."""

from typing import Self
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Message, Score, UtcDatetime
from joust_contracts.internal.readiness import ReadinessStatus, ReadinessView
from joust_contracts.internal.samples import RemovedSample, SampleKind, SampleView
from joust_gateway.dialects.straw.next_actions import NextAction


class Sample(Message):
    """A zip whose worth you know."""

    task_id: UUID
    kind: SampleKind
    sha256: str
    size_bytes: int
    files_count: int
    download_url: str = Field(description="Signed, good for an hour; it needs no key.")
    next_actions: tuple[NextAction, ...]

    @classmethod
    def of(cls, task_id: UUID, sample: SampleView, next_actions: tuple[NextAction, ...]) -> Self:
        """Translate."""
        return cls(task_id=task_id, next_actions=next_actions, **sample.model_dump())


class DeletedSample(RemovedSample):
    """The sample is gone, and so is its file."""


class Readiness(Message):
    """The newest check of a draft's judge."""

    task_id: UUID
    status: ReadinessStatus = Field(
        description="`failed`: the judge could not be tried, which says nothing about it."
    )
    is_stale: bool = Field(
        description="True if rubric, texts, image, test suite, samples or our judge changed since."
    )
    reference_score: Score | None
    cheat_score: Score | None = Field(
        description="Null as long as there is none; also if your image gave the cheat no score."
    )
    margin: float = Field(description="By how many points the reference must score above the cheat.")
    reason: str | None = Field(description="Why the judge is not ready, or could not be tried.")
    image_digest: str | None = Field(description="Your image by its content, if one judged.")
    requested_at: UtcDatetime
    finished_at: UtcDatetime | None
    next_actions: tuple[NextAction, ...]

    @classmethod
    def of(cls, view: ReadinessView, next_actions: tuple[NextAction, ...]) -> Self:
        """Translate."""
        return cls(next_actions=next_actions, **view.model_dump(exclude={"task_version"}))
