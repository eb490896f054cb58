"""What an account is told, for those who ask, and which types of messages there are, in the Straw dialect."""

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Query

from joust_contracts.webhook_messages import MESSAGE_TYPES
from joust_gateway.dialects.straw.examples import events as examples
from joust_gateway.dialects.straw.schemas.events import EventQuery, Events, EventType, EventTypes
from joust_gateway.dialects.straw.waiting import wait_for_events
from joust_gateway.dialects.straw.webhooks import Manages
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api/v1", tags=["webhooks"], route_class=TranslatingRoute)


@router.get("/events", operation_id="list_events", **operation(answer=examples.EVENTS))
async def list_events(
    wanted: Annotated[EventQuery, Query()], call: Manages, resources: OpenResources
) -> Events:
    """List what you were told of, oldest first: the messages that your webhooks get, with the same ids. They
    are here for 30 days, whether you have webhooks or not.

    Positions have no gaps: if the first one is not `after` + 1, those before it are forgotten already.
    """
    page = await wait_for_events(call, wanted.after, wanted.limit, resources, seconds=wanted.wait)
    return Events.of(page)


@router.get(
    "/webhooks/event-types",
    operation_id="list_webhook_event_types",
    **operation(answer=examples.EVENT_TYPES, needs_key=False),
)
async def list_webhook_event_types() -> EventTypes:
    """List the types of messages with the JSON Schema and an example of each. Needs no key."""
    return _types()


@cache
def _types() -> EventTypes:
    return EventTypes(data=tuple(map(EventType.of, MESSAGE_TYPES)))
