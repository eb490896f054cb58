"""The table of readiness checks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from joust_contracts.internal.readiness import ReadinessStatus, ReadinessView
from joust_evaluation.base import Base
from joust_evaluation.judges.base import JudgeIdentity
from joust_evaluation.readiness.rules import content_hash
from joust_evaluation.tasks.models import KnownTask
from joust_kit.database.columns import long_text, moment, one_of, word


class Readiness(Base, table=True):
    """The newest check of a task's judge; the next takes its place."""

    __tablename__ = "readiness"
    __table_args__ = (
        CheckConstraint(one_of("status", ReadinessStatus), name="status"),
        CheckConstraint(
            "(status IN ('pending', 'running')) = (finished_at IS NULL)", name="finished_has_time"
        ),
        CheckConstraint(
            "(status IN ('not_ready', 'failed')) = (reason IS NOT NULL)", name="unsuccessful_has_reason"
        ),
        CheckConstraint("status <> 'ready' OR reference_score IS NOT NULL", name="ready_has_score"),
    )

    task_id: UUID = Field(primary_key=True)
    check_id: UUID
    """Tells a check from the one before: a late result of that one is not this one's."""
    content_hash: str = long_text()
    """What is checked."""
    status: ReadinessStatus = word(ReadinessStatus)
    attempt: int = 0
    """How often a worker began."""
    reference_score: float | None = None
    cheat_score: float | None = None
    margin: float
    """By which the result was, or will be, decided."""
    reason: str | None = long_text(nullable=True)
    image_digest: str | None = long_text(nullable=True)
    requested_at: datetime = moment()
    finished_at: datetime | None = moment(nullable=True)

    def view(self, task: KnownTask, identity: JudgeIdentity) -> ReadinessView:
        """The check as answers show it. ``task``: as it is now."""
        hidden = {"check_id", "content_hash", "attempt"}
        return ReadinessView(
            task_version=task.version,
            is_stale=self.content_hash != content_hash(task, identity),
            **self.model_dump(exclude=hidden),
        )
