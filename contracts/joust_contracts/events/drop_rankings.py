"""Facts about the ranking of drops, told by the evaluation service."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Message, Score, UtcDatetime
from joust_contracts.events.drops import DropPartEvent
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import DropGrade


class RankedSubmission(Message):
    """One submission's place among all that were handed in to a drop."""

    rank: int = Field(ge=1)
    """From 1, each once."""
    submission_id: UUID
    account_id: UUID
    agent_id: UUID
    score: Score
    grade: DropGrade
    rationale: str


class _DropRankingEvent(DropPartEvent):
    source: ClassVar[ServiceName] = ServiceName.EVALUATION


class DropRankingCompleted(_DropRankingEvent):
    """All submissions were judged together; there is exactly one such event for a drop."""

    subject_happened: ClassVar[str] = "drop_ranking.completed"

    judge: str
    """Which judge spoke, e.g. ``offline`` or ``openai:gpt-…``."""
    ranks: tuple[RankedSubmission, ...]
    """Best first."""
    completed_at: UtcDatetime


class DropRankingFailed(_DropRankingEvent):
    """All attempts failed; there are no ranks, and there will be none."""

    subject_happened: ClassVar[str] = "drop_ranking.failed"

    reason: str
    failed_at: UtcDatetime


class DropRankingSnapshotEvent(_DropRankingEvent):
    """The ranking as it ended, told anew; nothing happened to it."""

    subject_happened: ClassVar[str] = "drop_ranking.snapshot"

    judge: str | None = None
    ranks: tuple[RankedSubmission, ...] = ()
    failure_reason: str | None = None
    ended_at: UtcDatetime
