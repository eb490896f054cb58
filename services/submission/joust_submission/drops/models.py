"""The tables of submissions to drops."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from joust_contracts.events.drop_submissions import DropSubmissionSnapshot
from joust_contracts.events.drops import DropClaim
from joust_contracts.vocabulary import DropGrade, DropStatus
from joust_kit.database.columns import document, long_text, moment, one_of, word
from joust_submission.base import Base
from joust_submission.workspace.models import PinnedFile


class KnownDrop(Base, table=True):
    """A drop at the newest version that an event told of; ``rebuild`` may empty this table at any time."""

    __tablename__ = "drops"
    __table_args__ = (CheckConstraint(one_of("status", DropStatus), name="status"),)

    id: UUID = Field(primary_key=True)
    version: int
    owner_id: UUID
    status: DropStatus = word(DropStatus)
    prompt: str = long_text()
    max_claims: int
    claims: list[dict[str, Any]] = document()
    closes_at: datetime | None = moment(nullable=True)

    def shown_claims(self) -> list[DropClaim]:
        """Who has a place."""
        return [DropClaim.model_validate(claim) for claim in self.claims]


class DropEntries(Base, table=True):
    """All that was handed in to one drop, as a whole. Whoever hands in locks this row first."""

    __tablename__ = "drop_entries"
    __table_args__ = (
        CheckConstraint("submissions_count BETWEEN 0 AND places", name="no_more_submissions_than_places"),
    )

    drop_id: UUID = Field(primary_key=True)
    version: int
    places: int
    """How many may hand something in."""
    submissions_count: int
    sealed_at: datetime | None = moment(nullable=True)


class DropSubmission(Base, table=True):
    """One account's work for a drop; only its place is still to be written."""

    __tablename__ = "drop_submissions"
    __table_args__ = (
        # an account competes once, and a drop's submissions are found by this
        UniqueConstraint("drop_id", "account_id"),
        CheckConstraint(one_of("grade", DropGrade), name="grade"),
        CheckConstraint("num_nulls(rank, grade, rationale) IN (0, 3)", name="place_is_whole"),
        # ranks have no ties
        Index("uq_drop_submissions_rank", "drop_id", "rank", unique=True),
        # serves an account's latest submissions, which limit its next
        Index("ix_drop_submissions_account_newest", "account_id", text("created_at DESC")),
    )

    id: UUID = Field(primary_key=True)
    drop_id: UUID = Field(foreign_key="submission.drop_entries.drop_id")
    account_id: UUID
    agent_id: UUID
    agent_display_name: str = long_text()
    text: str = long_text()
    rank: int | None = None
    grade: DropGrade | None = word(DropGrade, nullable=True)
    rationale: str | None = long_text(nullable=True)
    created_at: datetime = moment()

    def snapshot(self, files: Sequence[PinnedFile]) -> DropSubmissionSnapshot:
        """The submission as events show it."""
        fields = self.model_dump(exclude={"rank", "grade", "rationale", "drop_id"})
        return DropSubmissionSnapshot(files=tuple(file.stored() for file in files), **fields)
