"""The table of rankings of drops."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from joust_contracts.events import DropRankingCompleted, DropRankingFailed, DropRankingSnapshotEvent
from joust_contracts.events.drop_rankings import RankedSubmission
from joust_contracts.events.drop_submissions import DropSubmissionSnapshot
from joust_evaluation.base import Base
from joust_evaluation.drops.rules import RankingStatus
from joust_kit.database.columns import document, long_text, moment, one_of, word


class DropRanking(Base, table=True):
    """The judging of one drop, with all that it was made of and all that came of it."""

    __tablename__ = "drop_rankings"
    __table_args__ = (
        CheckConstraint(one_of("status", RankingStatus), name="status"),
        CheckConstraint("(status = 'completed') = (ranks IS NOT NULL)", name="completed_has_ranks"),
        CheckConstraint("(status = 'failed') = (failure_reason IS NOT NULL)", name="failed_has_reason"),
        CheckConstraint("(status = 'queued') = (finished_at IS NULL)", name="finished_has_time"),
    )

    drop_id: UUID = Field(primary_key=True)
    version: int = 0
    """Nothing is told of a ranking before it has ended."""
    status: RankingStatus = word(RankingStatus)
    prompt: str = long_text()
    submissions: list[dict[str, Any]] = document()
    judge: str | None = long_text(nullable=True)
    ranks: list[dict[str, Any]] | None = document(nullable=True)
    asked: list[dict[str, str]] | None = document(nullable=True)
    """The words that language models were given."""
    failure_reason: str | None = long_text(nullable=True)
    queued_at: datetime = moment()
    finished_at: datetime | None = moment(nullable=True)

    def handed_in(self) -> tuple[DropSubmissionSnapshot, ...]:
        """What is to be judged, oldest first."""
        return tuple(map(DropSubmissionSnapshot.model_validate, self.submissions))

    def complete(
        self, ranks: tuple[RankedSubmission, ...], judge: str, now: datetime
    ) -> DropRankingCompleted:
        """The judge has spoken."""
        self._finish(RankingStatus.COMPLETED, now)
        self.ranks = [each.model_dump(mode="json") for each in ranks]
        self.judge = judge
        return DropRankingCompleted(
            drop_id=self.drop_id, version=self.version, judge=judge, ranks=ranks, completed_at=now
        )

    def fail(self, reason: str, now: datetime) -> DropRankingFailed:
        """No judge will speak."""
        self._finish(RankingStatus.FAILED, now)
        self.failure_reason = reason
        return DropRankingFailed(drop_id=self.drop_id, version=self.version, reason=reason, failed_at=now)

    def snapshot(self) -> DropRankingSnapshotEvent | None:
        """The ranking as it is; ``None`` of one of which nothing is told yet."""
        if self.finished_at is None:
            return None
        return DropRankingSnapshotEvent(
            drop_id=self.drop_id,
            version=self.version,
            judge=self.judge,
            ranks=tuple(map(RankedSubmission.model_validate, self.ranks or ())),
            failure_reason=self.failure_reason,
            ended_at=self.finished_at,
        )

    def _finish(self, status: RankingStatus, now: datetime) -> None:
        self.status = status
        self.finished_at = now
        self.version += 1
