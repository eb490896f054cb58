"""Projections of other services' tasks and submissions; each holds the newest version that was told."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from joust_contracts.vocabulary import TaskStatus
from joust_kit.database.columns import one_of, word
from joust_wallet.base import Base

PROJECTIONS = ("tasks", "submissions")
"""Tables that are rebuilt from events alone."""


class KnownTask(Base, table=True):
    """A task as far as payment needs it."""

    __tablename__ = "tasks"
    __table_args__ = (CheckConstraint(one_of("status", TaskStatus), name="status"),)

    id: UUID = Field(primary_key=True)
    version: int
    owner_id: UUID
    status: TaskStatus = word(TaskStatus)


class KnownSubmission(Base, table=True):
    """A submission as far as payment needs it: one row each, so that any version can be waited for."""

    __tablename__ = "submissions"
    __table_args__ = (
        # serves the question whose agent handed something in to a task
        Index("ix_submissions_task_id_agent_id", "task_id", "agent_id"),
    )

    id: UUID = Field(primary_key=True)
    version: int
    task_id: UUID
    agent_id: UUID
    account_id: UUID
    handed_in: bool
    """False for one that failed before its artifact was there."""
