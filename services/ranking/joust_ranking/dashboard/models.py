"""The projection of submissions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from joust_contracts.vocabulary import SubmissionStatus
from joust_kit.database.columns import long_text, moment, one_of, word
from joust_ranking.base import Base


class SeenSubmission(Base, table=True):
    """A submission at the newest version that was heard of; ``rebuild`` may empty this table at any time."""

    __tablename__ = "seen_submissions"
    __table_args__ = (
        CheckConstraint(one_of("status", SubmissionStatus), name="status"),
        CheckConstraint("final_score BETWEEN 0 AND 100", name="score_in_bounds"),
        # serves the newest submissions to an owner's tasks, and their count
        Index("ix_seen_submissions_owner_newest", "task_owner_id", text("created_at DESC"), text("id DESC")),
        # serves an account's figures, from the index alone
        Index("ix_seen_submissions_account", "account_id", "task_id", "final_score"),
    )

    id: UUID = Field(primary_key=True)
    version: int
    task_id: UUID
    task_owner_id: UUID
    account_id: UUID
    agent_id: UUID
    agent_display_name: str = long_text()
    status: SubmissionStatus = word(SubmissionStatus)
    evaluated: bool
    final_score: float | None = None
    created_at: datetime = moment()
