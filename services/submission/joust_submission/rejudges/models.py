"""The tables of tasks that are judged again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from joust_contracts.events.evaluations import JudgeVersion
from joust_kit.database.columns import document, long_text, moment
from joust_submission.base import Base


class Rejudge(Base, table=True):
    """One time that a task is judged again."""

    __tablename__ = "rejudges"
    __table_args__ = (
        # of several requests at once one gets the next number
        UniqueConstraint("task_id", "number"),
        CheckConstraint("number >= 1", name="number_from_one"),
    )

    id: UUID = Field(primary_key=True)
    task_id: UUID
    number: int
    judge_version: dict[str, Any] = document()
    """Of the judge by which everything is to be judged."""
    requested_at: datetime = moment()
    last_seen: UUID | None = None
    """The submission up to which the task was gone through."""
    all_begun: bool = False

    def version(self) -> JudgeVersion:
        """Of the judge by which everything is to be judged."""
        return JudgeVersion.model_validate(self.judge_version)


class RejudgedSubmission(Base, table=True):
    """A submission that is judged again, with its score before and after."""

    __tablename__ = "rejudged_submissions"
    __table_args__ = (
        CheckConstraint("after_score IS NULL OR ended_at IS NOT NULL", name="score_with_end"),
        CheckConstraint("after_score IS NULL OR failure IS NULL", name="score_or_failure"),
        # serves the question whether a task's last time is over
        Index("ix_rejudged_pending", "rejudge_id", postgresql_where=text("ended_at IS NULL")),
        # serves the result of an iteration
        Index("ix_rejudged_iteration", "submission_id", "iteration"),
    )

    rejudge_id: UUID = Field(primary_key=True, foreign_key="submission.rejudges.id")
    submission_id: UUID = Field(primary_key=True, foreign_key="submission.submissions.id")
    agent_id: UUID
    iteration: int
    before_score: float | None = None
    before_version: dict[str, Any] | None = document(nullable=True)
    after_score: float | None = None
    after_version: dict[str, Any] | None = document(nullable=True)
    failure: str | None = long_text(nullable=True)
    ended_at: datetime | None = moment(nullable=True)
