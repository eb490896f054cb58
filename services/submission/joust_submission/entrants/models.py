"""The table of who left."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from joust_contracts.events.competition_submissions import ReleasedEntrant
from joust_kit.database.columns import moment
from joust_submission.base import Base


class Release(Base, table=True):
    """That an entry was given up: one row, however often its account left and came back.

    It is this service's own word, unlike what it knows of entries, and so survives ``rebuild``.
    """

    __tablename__ = "competition_releases"

    id: UUID = Field(primary_key=True)
    version: int = 1
    competition_id: UUID
    account_id: UUID
    entry_id: UUID = Field(unique=True)
    """Unique too for the question whether it was given up."""
    entry_version: int
    released_at: datetime = moment()

    def snapshot(self) -> ReleasedEntrant:
        """The release as events and answers show it."""
        return ReleasedEntrant.model_validate(self.model_dump())
