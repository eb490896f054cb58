"""The projection of what was handed in to competitions."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from joust_contracts.vocabulary import DraftStatus
from joust_kit.database.columns import one_of, word
from joust_task.base import Base


class CompetitionWork(Base, table=True):
    """Work at the newest version that was told; ``rebuild`` may empty this table at any time."""

    __tablename__ = "competition_works"
    __table_args__ = (
        CheckConstraint(one_of("status", DraftStatus), name="status"),
        # serves the question whether a competition got anything
        Index("ix_competition_works_competition", "competition_id", "account_id"),
    )

    id: UUID = Field(primary_key=True)
    version: int
    competition_id: UUID
    account_id: UUID
    agent_id: UUID
    status: DraftStatus = word(DraftStatus)
