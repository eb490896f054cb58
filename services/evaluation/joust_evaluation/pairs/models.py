"""The table of pairs that were compared."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from joust_contracts.base import round_score
from joust_contracts.events import PairwiseComparisonSnapshotEvent
from joust_contracts.events.pairwise_comparisons import PairOpinion, PairwiseComparison
from joust_contracts.vocabulary import ComparisonOutcome
from joust_evaluation.base import Base
from joust_evaluation.judges.comparing import Comparison
from joust_evaluation.pairs.rules import Pair, outcome_of
from joust_kit.database.columns import document, long_text, moment, one_of, word


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

    @classmethod
    def judged(cls, id: UUID, task_id: UUID, pair: Pair, comparison: Comparison, now: datetime) -> Self:
        """The judge has spoken of the pair, whose entries it was given in the pair's order."""
        outcome, place = outcome_of(comparison.by_order)
        return cls(
            id=id,
            task_id=task_id,
            first_id=pair[0],
            second_id=pair[1],
            outcome=outcome,
            preferred_id=None if place is None else pair[place],
            opinions=[each.model_dump(mode="json") for each in _opinions(pair, comparison)],
            judge=comparison.judge,
            asked=[{"instructions": each.instructions, "text": each.text} for each in comparison.prompts],
            completed_at=now,
        )

    @classmethod
    def left(cls, id: UUID, task_id: UUID, pair: Pair, reason: str, now: datetime) -> Self:
        """No judge will speak of the pair."""
        return cls(
            id=id,
            task_id=task_id,
            first_id=pair[0],
            second_id=pair[1],
            outcome=ComparisonOutcome.NOT_COMPARED,
            opinions=[],
            reason=reason,
            asked=[],
            completed_at=now,
        )

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
