"""The table of registered endpoints."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from joust_contracts.internal.webhooks import CreatedEndpoint, EndpointView
from joust_contracts.vocabulary import WebhookEventType
from joust_kit.database.columns import blob, long_text, moment
from joust_webhook.base import Base

_TYPES = ", ".join(repr(kind.value) for kind in WebhookEventType)


class Endpoint(Base, table=True):
    """Where an account wants to hear of which events."""

    __tablename__ = "endpoints"
    __table_args__ = (
        CheckConstraint("cardinality(events) > 0", name="events_not_empty"),
        CheckConstraint(f"events <@ ARRAY[{_TYPES}]::text[]", name="events_known"),
        # serves the search for those who want to hear of an event, and the count against the limit
        Index("ix_endpoints_active", "account_id", postgresql_where=text("active")),
        CheckConstraint("active = (deactivated_at IS NULL)", name="deactivated_when_inactive"),
        # serves the forgetting of those that were deactivated long ago
        Index(
            "ix_endpoints_deactivated", "deactivated_at", postgresql_where=text("deactivated_at IS NOT NULL")
        ),
        # serves an account's list
        Index("ix_endpoints_account_newest", "account_id", text("created_at DESC"), text("id DESC")),
    )

    id: UUID = Field(primary_key=True)
    account_id: UUID
    url: str = long_text()
    events: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    secret_encrypted: bytes = blob()
    active: bool = True
    created_at: datetime = moment()
    deactivated_at: datetime | None = moment(nullable=True)

    def deactivate(self, now: datetime) -> None:
        """Take no more deliveries; again changes nothing."""
        self.active = False
        self.deactivated_at = self.deactivated_at or now

    def view(self) -> EndpointView:
        """The endpoint without its secret."""
        return EndpointView.model_validate(
            self.model_dump(exclude={"account_id", "secret_encrypted", "deactivated_at"})
        )

    def created(self, secret: str) -> CreatedEndpoint:
        """The endpoint with its secret, which is shown this once."""
        return CreatedEndpoint(secret=secret, **self.view().model_dump())
