"""Internal API of the evaluation service: whether a draft's judge tells its samples apart."""

from enum import StrEnum
from uuid import UUID

from joust_contracts.base import Message, Score, UtcDatetime


class ReadinessStatus(StrEnum):
    """How far a check has come."""

    PENDING = "pending"
    """It waits for its turn."""
    RUNNING = "running"
    READY = "ready"
    """The judge tells the samples apart."""
    NOT_READY = "not_ready"
    """It does not; the poster is to mend the judge or the samples."""
    FAILED = "failed"
    """The judge could not be tried, which says nothing about it; ask again."""


class ReadinessView(Message):
    """The newest check of a task's judge."""

    task_id: UUID
    task_version: int
    """The task for which ``is_stale`` holds."""
    status: ReadinessStatus
    is_stale: bool
    """True if what is judged, or who judges it, has changed since the check was asked for."""
    reference_score: Score | None
    cheat_score: Score | None
    """``None`` as long as there is none; also if the judge refused to score the cheating sample."""
    margin: float
    """By how many points the reference must score above the cheat."""
    reason: str | None
    """Why the judge is not ready, or the check failed."""
    image_digest: str | None
    """The evaluation image by its content, if one judged."""
    requested_at: UtcDatetime
    finished_at: UtcDatetime | None
