"""Tables of registered endpoints, and of their secrets that are on their way out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from joust_contracts.internal.webhooks import CreatedEndpoint, EndpointView
from joust_contracts.vocabulary import DisabledReason, WebhookEventType
from joust_kit.database.columns import blob, long_text, moment, one_of, word
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
        CheckConstraint("cardinality(task_ids) > 0", name="task_ids_not_empty"),
        CheckConstraint("enabled = (disabled_at IS NULL)", name="moment_when_disabled"),
        CheckConstraint("enabled = (disabled_reason IS NULL)", name="reason_when_disabled"),
        CheckConstraint(one_of("disabled_reason", DisabledReason), name="disabled_reason"),
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
    task_ids: list[UUID] | None = Field(default=None, sa_column=Column(ARRAY(Uuid)))
    """Events about other tasks are not wanted; ``None`` for all tasks."""
    secret_encrypted: bytes = blob()
    version: int = 1
    active: bool = True
    """Until its owner deactivates it, which is for good."""
    created_at: datetime = moment()
    deactivated_at: datetime | None = moment(nullable=True)
    enabled: bool = True
    """While it is not, nothing is sent, and what happens meanwhile can be recovered."""
    disabled_at: datetime | None = moment(nullable=True)
    disabled_reason: DisabledReason | None = word(DisabledReason, nullable=True)
    failing_since: datetime | None = moment(nullable=True)
    """When the first attempt failed since one succeeded."""

    def deactivate(self, now: datetime) -> None:
        """Take no more deliveries; again changes nothing."""
        if self.active:
            self.active = False
            self.deactivated_at = now
            self.version += 1

    def disable(self, reason: DisabledReason, now: datetime) -> bool:
        """Send nothing until it is enabled; False if nothing is sent already."""
        if not self.enabled or not self.active:
            return False
        self.enabled = False
        self.disabled_at, self.disabled_reason = now, reason
        self.version += 1
        return True

    def change(self, changes: dict[str, Any], now: datetime) -> None:
        """Take in fields that its owner sent. A new URL and being enabled give it new patience."""
        if "events" in changes:
            self.events = list(dict.fromkeys(kind.value for kind in changes["events"]))
        if "task_ids" in changes:
            wanted = changes["task_ids"]
            self.task_ids = None if wanted is None else list(dict.fromkeys(wanted))
        if "url" in changes:
            self.url = changes["url"]
            self.failing_since = None
        self.version += 1
        if changes.get("enabled") is True:
            self.enabled, self.failing_since = True, None
            self.disabled_at = self.disabled_reason = None
        elif "enabled" in changes:
            self.disable(DisabledReason.OWNER, now)

    def view(self) -> EndpointView:
        """The endpoint without its secret."""
        return EndpointView.model_validate(self.model_dump(include=set(EndpointView.model_fields)))

    def created(self, secret: str) -> CreatedEndpoint:
        """The endpoint with its secret, which is shown this once."""
        return CreatedEndpoint(secret=secret, **self.view().model_dump())


class OldSecret(Base, table=True):
    """A secret that was replaced and signs beside the new one for a while."""

    __tablename__ = "old_secrets"
    __table_args__ = (
        # serves each attempt, and the count against the limit
        Index("ix_old_secrets_endpoint", "endpoint_id", "signs_until"),
    )

    id: UUID = Field(primary_key=True)
    endpoint_id: UUID = Field(foreign_key="webhook.endpoints.id", ondelete="CASCADE")
    secret_encrypted: bytes = blob()
    signs_until: datetime = moment(index=True)
