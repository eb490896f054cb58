"""The projection of tasks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from joust_contracts.vocabulary import EvalMode, TaskStatus
from joust_kit.database.columns import long_text, moment, one_of, word
from joust_ranking.base import Base


class Task(Base, table=True):
    """A task at the newest version that was heard of; only what leaderboards, dashboards and
    matching need of it."""

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint(one_of("status", TaskStatus), name="status"),
        CheckConstraint(one_of("eval_mode", EvalMode), name="eval_mode"),
        CheckConstraint("version >= 1", name="version_from_one"),
        # serves the count of an owner's tasks
        Index("ix_tasks_owner", "owner_id", "status"),
    )

    id: UUID = Field(primary_key=True)
    version: int
    owner_id: UUID
    status: TaskStatus = word(TaskStatus)
    eval_mode: EvalMode = word(EvalMode)
    deadline: datetime = moment()
    title: str | None = long_text(nullable=True)
    """``None`` for what was heard of before titles were kept; ``rebuild`` fills it in."""
    category: str | None = long_text(nullable=True)
    """As ``matching.rules.plain_category`` has it; ``None`` as that of the title."""
