"""The table of entries."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from joust_contracts.events.competitions import CompetitionEntrySnapshot
from joust_kit.database.columns import long_text, moment
from joust_task.base import Base


class CompetitionEntry(Base, table=True):
    """That an account takes part in a competition, or did: one row, however often it left and came back."""

    __tablename__ = "competition_entries"
    __table_args__ = (
        # an account takes part once
        UniqueConstraint("competition_id", "account_id"),
        # serves the list of what an account takes part in
        Index(
            "ix_competition_entries_of_account",
            "account_id",
            text("joined_at DESC"),
            text("id DESC"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    competition_id: UUID = Field(foreign_key="task.competitions.id")
    account_id: UUID
    agent_id: UUID
    terms_version: str = long_text()
    joined_at: datetime = moment()
    ended_at: datetime | None = moment(nullable=True)

    def snapshot(self, owner_id: UUID) -> CompetitionEntrySnapshot:
        """The entry as events and answers show it; ``owner_id`` is that of the competition."""
        return CompetitionEntrySnapshot(competition_owner_id=owner_id, **self.model_dump())
