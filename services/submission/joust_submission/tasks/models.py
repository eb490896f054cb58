"""The projection of tasks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from joust_contracts.vocabulary import EvalMode, TaskStatus
from joust_kit.database.columns import moment, one_of, word
from joust_submission.base import Base


class KnownTask(Base, table=True):
    """A task at the newest version that an event told of; ``rebuild`` may empty this table at any time."""

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint(one_of("status", TaskStatus), name="status"),
        CheckConstraint(one_of("eval_mode", EvalMode), name="eval_mode"),
        CheckConstraint("max_submissions_per_agent BETWEEN 1 AND 25", name="quota_in_bounds"),
    )

    id: UUID = Field(primary_key=True)
    version: int
    owner_id: UUID
    status: TaskStatus = word(TaskStatus)
    eval_mode: EvalMode = word(EvalMode)
    deadline: datetime = moment()
    max_submissions_per_agent: int
