"""The table of pairs that were compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from joust_contracts.base import round_score
from joust_contracts.events import PairwiseComparisonSnapshotEvent
from joust_contracts.events.evaluations import JudgeVersion
from joust_contracts.events.pairwise_comparisons import PairOpinion, PairwiseComparison
from joust_contracts.internal.records import PromptRecord
from joust_contracts.vocabulary import ComparisonOutcome
from joust_evaluation.base import Base
from joust_evaluation.iterations.prompts import sha256_of
from joust_evaluation.judges.comparing import Comparison
from joust_evaluation.pairs.rules import Pair, outcome_of
from joust_kit.database.columns import document, long_text, moment, one_of, word


@dataclass(frozen=True)
class Attempt:
    """The attempt that brought a comparison to its end."""

    id: UUID
    """Of the comparison."""
    task_id: UUID
    pair: Pair
    started_at: datetime
    completed_at: datetime

    def columns(self) -> dict[str, Any]:
        """As they are kept."""
        return {
            "id": self.id,
            "task_id": self.task_id,
            "first_id": self.pair[0],
            "second_id": self.pair[1],
            "started_at": self.started_at,
            "completed_at": self.completed_at,
        }


class ComparedPair(Base, table=True):
    """Two submissions to one task, with all that came of reading them side by side. It never changes."""

    __tablename__ = "compared_pairs"
    __table_args__ = (
        # a pair is compared once, however often it leads, and whichever of the two is ahead
        UniqueConstraint("task_id", "first_id", "second_id"),
        CheckConstraint("first_id < second_id", name="pair_in_order"),
        CheckConstraint(one_of("outcome", ComparisonOutcome), name="outcome"),
        CheckConstraint("(outcome = 'preferred') = (preferred_id IS NOT NULL)", name="preferred_names_one"),
        CheckConstraint("preferred_id IN (first_id, second_id)", name="preferred_is_of_the_pair"),
        CheckConstraint("(outcome = 'not_compared') = (reason IS NOT NULL)", name="not_compared_has_reason"),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    task_id: UUID
    first_id: UUID
    second_id: UUID
    outcome: ComparisonOutcome = word(ComparisonOutcome)
    preferred_id: UUID | None = None
    opinions: list[dict[str, Any]] = document()
    judge: str | None = long_text(nullable=True)
    reason: str | None = long_text(nullable=True)
    asked: list[dict[str, str]] = document()
    """The words that language models were given."""
    completed_at: datetime = moment()

    started_at: datetime | None = moment(nullable=True)
    judge_version: dict[str, Any] | None = document(nullable=True)
    """Both are unknown of what was compared before they were kept."""

    @classmethod
    def judged(cls, attempt: Attempt, comparison: Comparison, version: JudgeVersion) -> Self:
        """The judge has spoken of the pair, whose entries it was given in the pair's order."""
        outcome, place = outcome_of(comparison.by_order)
        return cls(
            **attempt.columns(),
            outcome=outcome,
            preferred_id=None if place is None else attempt.pair[place],
            opinions=[each.model_dump(mode="json") for each in _opinions(attempt.pair, comparison)],
            judge=comparison.judge,
            judge_version=version.model_dump(mode="json"),
            asked=[{"instructions": each.instructions, "text": each.text} for each in comparison.prompts],
        )

    @classmethod
    def left(cls, attempt: Attempt, reason: str) -> Self:
        """No judge will speak of the pair."""
        return cls(
            **attempt.columns(),
            outcome=ComparisonOutcome.NOT_COMPARED,
            opinions=[],
            reason=reason,
            asked=[],
        )

    def read_prompts(self) -> tuple[PromptRecord, ...]:
        """The words that language models were given."""
        return tuple(PromptRecord(sha256=sha256_of(**each), **each) for each in self.asked)

    def told(self) -> PairwiseComparison:
        """What others may know of it."""
        return PairwiseComparison(
            id=self.id,
            version=self.version,
            task_id=self.task_id,
            submission_ids=(self.first_id, self.second_id),
            outcome=self.outcome,
            preferred_id=self.preferred_id,
            opinions=tuple(map(PairOpinion.model_validate, self.opinions)),
            judge=self.judge,
            reason=self.reason,
            completed_at=self.completed_at,
        )

    def snapshot(self) -> PairwiseComparisonSnapshotEvent:
        """The comparison as it is."""
        return PairwiseComparisonSnapshotEvent(comparison=self.told())


def _opinions(pair: Pair, comparison: Comparison) -> Sequence[PairOpinion]:
    return [
        PairOpinion(
            submission_id=submission_id,
            scores=tuple(round_score(scores[place]) for scores in comparison.by_order),
            rationale=comparison.opinions[place].rationale,
        )
        for place, submission_id in enumerate(pair)
    ]
