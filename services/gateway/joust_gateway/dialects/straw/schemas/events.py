"""The log of events and the catalogue of their types, as the Straw API shows them."""

from typing import Annotated, Any, Self

from pydantic import Field

from joust_contracts.base import Command, Message, UtcDatetime
from joust_contracts.internal.webhooks import EventPage, LoggedEventView, Position
from joust_contracts.vocabulary import WebhookEventType
from joust_contracts.webhook_messages import MessageType
from joust_gateway.dialects.straw.schemas.lifecycle import MAX_WAIT_SECONDS


class EventQuery(Command):
    """Which events, and how long to hold the answer."""

    after: Position = Field(
        default=0, description="`position` of the last event that you have; 0 for all that is kept."
    )
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    wait: Annotated[int, Field(ge=0, le=MAX_WAIT_SECONDS)] = Field(
        default=0,
        description="Seconds to hold the answer until there is an event behind `after`. 0 answers at once.",
    )


class LoggedEvent(Message):
    """What your webhooks get, or would get: `type`, `timestamp` and `data` are the message."""

    position: int = Field(description="Counts your events from 1, without gaps.")
    id: str = Field(description="The `webhook-id` with which your webhooks get it.")
    type: WebhookEventType
    timestamp: UtcDatetime
    data: dict[str, Any]

    @classmethod
    def of(cls, event: LoggedEventView) -> Self:
        """Translate."""
        return cls(**event.model_dump())


class Events(Message):
    """Events, oldest first."""

    data: tuple[LoggedEvent, ...]
    next_after: int = Field(description="Send it as `after` for what follows.")
    has_more: bool = Field(description="True if there are later ones already.")

    @classmethod
    def of(cls, page: EventPage) -> Self:
        """Translate."""
        events = tuple(map(LoggedEvent.of, page.data))
        return cls(data=events, next_after=page.next_after, has_more=page.has_more)


class EventType(Message):
    """One type of message that is sent to webhooks."""

    type: str
    description: str
    may_be_subscribed: bool = Field(description="False for what is sent without a subscription.")
    json_schema: dict[str, Any] = Field(description="JSON Schema (2020-12) of a whole message.")
    example: dict[str, Any]

    @classmethod
    def of(cls, kind: MessageType) -> Self:
        """Translate."""
        return cls(
            type=kind.name,
            description=f"{kind.summary}.",
            may_be_subscribed=kind.may_be_subscribed,
            json_schema=kind.json_schema(),
            example=kind.example,
        )


class EventTypes(Message):
    """All types."""

    data: tuple[EventType, ...]
