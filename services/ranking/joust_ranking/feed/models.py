"""The projection of completed drops."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from joust_contracts.vocabulary import DropGrade, DropPack
from joust_kit.database.columns import cents, long_text, moment, one_of, word
from joust_ranking.base import Base


class CompletedDrop(Base, table=True):
    """A drop that was ranked and paid; ``rebuild`` may empty this table at any time."""

    __tablename__ = "completed_drops"
    __table_args__ = (
        CheckConstraint(one_of("pack", DropPack), name="pack"),
        CheckConstraint(one_of("grade", DropGrade), name="grade"),
        # serves the feed, newest first
        Index("ix_completed_drops_newest", text("updated_at DESC"), text("id DESC")),
    )

    id: UUID = Field(primary_key=True)
    version: int
    prompt: str = long_text()
    pack: DropPack = word(DropPack)
    grade: DropGrade = word(DropGrade)
    grade_rationale: str = long_text()
    price_cents: int = cents()
    submissions_count: int
    created_at: datetime = moment()
    updated_at: datetime = moment()
