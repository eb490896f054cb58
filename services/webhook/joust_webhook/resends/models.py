"""The table of replays and recoveries."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from joust_contracts.internal.webhooks import ResendView
from joust_kit.database.columns import moment
from joust_kit.paging import Cursor
from joust_webhook.base import Base


class Resend(Base, table=True):
    """Deliveries of an endpoint, made in a span of time, that are made again in batches, oldest first."""

    __tablename__ = "resends"
    __table_args__ = (
        CheckConstraint("since < until", name="is_a_span"),
        CheckConstraint("step >= 1 AND resent >= 0", name="counts"),
        CheckConstraint("(after_moment IS NULL) = (after_id IS NULL)", name="place_is_whole"),
        # serves the limit on those under way
        Index("ix_resends_open", "endpoint_id", postgresql_where=text("finished_at IS NULL")),
        # serves the forgetting
        Index("ix_resends_finished", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
    )

    id: UUID = Field(primary_key=True)
    endpoint_id: UUID = Field(foreign_key="webhook.endpoints.id", ondelete="CASCADE")
    since: datetime = moment()
    until: datetime = moment()
    failed_only: bool
    step: int = 1
    """The batch that is next; a job for another was run already."""
    resent: int = 0
    after_moment: datetime | None = moment(nullable=True)
    after_id: UUID | None = None
    """With the moment: the last delivery that was looked at."""
    created_at: datetime = moment()
    finished_at: datetime | None = moment(nullable=True)

    @property
    def after(self) -> Cursor | None:
        """The place behind which it goes on."""
        if self.after_moment is None or self.after_id is None:
            return None
        return Cursor(self.after_moment, self.after_id)

    def take(self, resent: int, last: Cursor | None, now: datetime) -> bool:
        """Take in a batch of ``resent`` up to ``last``, ``None`` for the final one; True if it goes on."""
        self.resent += resent
        self.step += 1
        if last is None:
            self.finished_at = now
            return False
        self.after_moment, self.after_id = last
        return True

    def view(self) -> ResendView:
        """As its owner is told."""
        return ResendView.model_validate(self.model_dump(include=set(ResendView.model_fields)))
