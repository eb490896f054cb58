"""Projections of competitions and entries."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from joust_contracts.vocabulary import CompetitionStatus
from joust_kit.database.columns import moment, one_of, word
from joust_submission.base import Base


class KnownCompetition(Base, table=True):
    """A competition at the newest version that was told; ``rebuild`` may empty this table at any time."""

    __tablename__ = "competitions"
    __table_args__ = (CheckConstraint(one_of("status", CompetitionStatus), name="status"),)

    id: UUID = Field(primary_key=True)
    version: int
    owner_id: UUID
    status: CompetitionStatus = word(CompetitionStatus)
    submission_deadline: datetime = moment()


class KnownEntry(Base, table=True):
    """An entry at the newest version that was told; ``rebuild`` may empty this table at any time."""

    __tablename__ = "competition_entries"
    __table_args__ = (
        # an account takes part once; serves the question whether it does
        UniqueConstraint("competition_id", "account_id"),
    )

    id: UUID = Field(primary_key=True)
    version: int
    competition_id: UUID
    account_id: UUID
    ended_at: datetime | None = moment(nullable=True)
