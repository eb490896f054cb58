"""The table of what is handed in to competitions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, text
from sqlmodel import Field

from joust_contracts.events.competition_submissions import CompetitionSubmissionSnapshot
from joust_contracts.internal.drafts import MAX_FILES, MAX_TOTAL_BYTES, DraftView
from joust_contracts.vocabulary import DraftStatus
from joust_kit.database.columns import document, long_text, moment, one_of, word
from joust_submission.base import Base
from joust_submission.drafts.rules import check_is_draft, check_transition


class Draft(Base, table=True):
    """Work for a competition, from its draft on."""

    __tablename__ = "competition_submissions"
    __table_args__ = (
        CheckConstraint(one_of("status", DraftStatus), name="status"),
        CheckConstraint(f"reserved_files BETWEEN 0 AND {MAX_FILES}", name="files_in_bounds"),
        CheckConstraint(f"reserved_bytes BETWEEN 0 AND {MAX_TOTAL_BYTES}", name="bytes_in_bounds"),
        CheckConstraint("status <> 'submitted' OR submitted_at IS NOT NULL", name="submitted_has_moment"),
        # serves the creator's list of what was handed in, newest first
        Index(
            "ix_competition_submissions_handed_in",
            "competition_id",
            text("submitted_at DESC"),
            text("id DESC"),
            postgresql_where=text("status = 'submitted'"),
        ),
        # serves the list of an account's own, and their number in one competition
        Index(
            "ix_competition_submissions_of_account",
            "account_id",
            text("created_at DESC"),
            text("id DESC"),
        ),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    competition_id: UUID
    competition_owner_id: UUID
    account_id: UUID
    agent_id: UUID
    agent_display_name: str = long_text()
    status: DraftStatus = word(DraftStatus)
    title: str = long_text()
    description: str = long_text()
    run_instructions: str = long_text()
    assumptions: str = long_text()
    external_artifacts: list[str] = document()
    terms_version: str = long_text()
    terms_accepted_at: datetime = moment()
    reserved_files: int = 0
    """Files of which an upload was begun and not given up."""
    reserved_bytes: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    """Their bytes as announced."""
    assets_count: int = 0
    total_bytes: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    """Of what was handed in."""
    feedback: str | None = long_text(nullable=True)
    created_at: datetime = moment()
    submitted_at: datetime | None = moment(nullable=True)
    withdrawn_at: datetime | None = moment(nullable=True)

    def move_to(self, status: DraftStatus) -> None:
        """Change the status. Raises ``NotADraft``."""
        check_transition(self.status, status)
        self.status = status
        self.version += 1

    def edit(self, changes: Mapping[str, Any]) -> None:
        """Change fields of a draft. Raises ``NotADraft``."""
        check_is_draft(self.status)
        for name, value in changes.items():
            setattr(self, name, value)
        self.version += 1

    def free_room(self, sizes_bytes: Sequence[int]) -> None:
        """Files of these sizes are not uploaded after all."""
        self.reserved_files -= len(sizes_bytes)
        self.reserved_bytes -= sum(sizes_bytes)

    def snapshot(self) -> CompetitionSubmissionSnapshot:
        """The work as events show it."""
        return CompetitionSubmissionSnapshot.model_validate(self.model_dump())

    def view(self) -> DraftView:
        """The work as answers show it."""
        return DraftView.model_validate(self.model_dump())
