"""Tables of the log: what each account was told, and how much of it there is.

An account's events are counted from 1 without gaps, in the order of commits: whoever logs one holds the
account's count until its transaction ends. So who has read up to a position has seen all before it.
"""

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, UniqueConstraint
from sqlmodel import Field

from joust_contracts.internal.webhooks import LoggedEventView
from joust_contracts.vocabulary import WebhookEventType
from joust_kit.database.columns import long_text, moment, one_of, word
from joust_webhook.base import Base
from joust_webhook.deliveries.rules.signing import message_id


class LoggedEvent(Base, table=True):
    """One message to one account: the text that its endpoints are sent."""

    __tablename__ = "events"
    __table_args__ = (
        # an account is told of an event once, however often that is handled
        UniqueConstraint("account_id", "event_id"),
        CheckConstraint("position >= 1", name="position_from_one"),
        CheckConstraint(one_of("event_type", WebhookEventType), name="event_type"),
    )

    account_id: UUID = Field(primary_key=True)
    position: int = Field(primary_key=True, sa_type=BigInteger)
    event_id: UUID
    event_type: WebhookEventType = word(WebhookEventType)
    payload: str = long_text()
    logged_at: datetime = moment(index=True)

    def view(self) -> LoggedEventView:
        """The message as the log shows it."""
        return LoggedEventView(
            position=self.position, id=message_id(self.event_id), **json.loads(self.payload)
        )


class EventCount(Base, table=True):
    """How many events an account was told of; it outlasts them, so that no position is given twice."""

    __tablename__ = "event_counts"
    __table_args__ = (CheckConstraint("last_position >= 1", name="last_position_from_one"),)

    account_id: UUID = Field(primary_key=True)
    last_position: int = Field(sa_type=BigInteger)
