"""The table of what the posters' own judges were asked."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from joust_evaluation.base import Base
from joust_kit.database.columns import long_text, moment


class ExternalRequest(Base, table=True):
    """A judge was asked for an evaluation. Whether its answer is still awaited is the evaluation's status."""

    __tablename__ = "external_requests"
    __table_args__ = (
        CheckConstraint("(lease_id IS NULL) = (leased_until IS NULL)", name="lease_has_end"),
        CheckConstraint("answer_until > asked_at", name="time_to_answer"),
    )

    evaluation_id: UUID = Field(primary_key=True, foreign_key="evaluation.evaluations.id")
    asked_at: datetime = moment()
    answer_until: datetime = moment()
    """Then the evaluation fails, by a timer."""
    undelivered: str | None = long_text(nullable=True)
    """What kept the request from the judge's URL; the judge may still come for it."""
    lease_id: UUID | None = None
    """Of the newest claim."""
    leased_until: datetime | None = moment(nullable=True)
    """By the database's clock."""

    @property
    def answer_within(self) -> timedelta:
        """How long the judge has in all."""
        return self.answer_until - self.asked_at
