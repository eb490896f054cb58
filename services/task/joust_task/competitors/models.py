"""Projections of submissions: who handed something in, and how many did."""

from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from joust_task.base import Base


class Competitor(Base, table=True):
    """An account that handed something in to a task; ``rebuild`` may empty this table at any time."""

    __tablename__ = "competitors"

    task_id: UUID = Field(primary_key=True)
    account_id: UUID = Field(primary_key=True)


class CompetitorCount(Base, table=True):
    """How many rows ``competitors`` has for a task, so that lists need not count; rebuilt with it."""

    __tablename__ = "competitor_counts"
    __table_args__ = (CheckConstraint("competitors >= 1", name="has_competitors"),)

    task_id: UUID = Field(primary_key=True)
    competitors: int
