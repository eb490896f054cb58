"""Facts about submissions that were read side by side, told by the evaluation service."""

from typing import ClassVar
from uuid import UUID

from joust_contracts.base import Message, Score, UtcDatetime, Version
from joust_contracts.events.base import EventData
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import ComparisonOutcome


class PairOpinion(Message):
    """What the judge says of one submission beside the other."""

    submission_id: UUID
    scores: tuple[Score, ...]
    """One for each order in which the two were read."""
    rationale: str


class PairwiseComparison(Message):
    """Two submissions to a task, read side by side in both orders; each pair is compared once."""

    id: UUID
    version: Version
    task_id: UUID
    submission_ids: tuple[UUID, UUID]
    """In no order that means anything."""
    outcome: ComparisonOutcome
    preferred_id: UUID | None = None
    """The submission that was found better in each order, if one was."""
    opinions: tuple[PairOpinion, ...] = ()
    judge: str | None = None
    """Which judge spoke, e.g. ``openai:gpt-…``."""
    reason: str | None = None
    """Why they were not compared."""
    completed_at: UtcDatetime


class _PairwiseComparisonEvent(EventData):
    source: ClassVar[ServiceName] = ServiceName.EVALUATION

    comparison: PairwiseComparison

    @property
    def aggregate_id(self) -> UUID:
        return self.comparison.id

    @property
    def aggregate_version(self) -> int:
        return self.comparison.version

    @property
    def ordering_key(self) -> UUID:
        return self.comparison.task_id


class PairwiseComparisonCompleted(_PairwiseComparisonEvent):
    """A pair was compared, or it is known that it will not be; there is one such event for a pair."""

    subject_happened: ClassVar[str] = "pairwise_comparison.completed"


class PairwiseComparisonSnapshotEvent(_PairwiseComparisonEvent):
    """The comparison as it ended, told anew; nothing happened to it."""

    subject_happened: ClassVar[str] = "pairwise_comparison.snapshot"
