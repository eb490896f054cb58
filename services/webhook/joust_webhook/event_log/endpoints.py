"""Internal API about the log of events."""

from typing import Annotated

from fastapi import APIRouter, Query

from joust_contracts.internal.webhooks import EventPage, Position
from joust_kit.errors import Invalid, Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, Reading, TransactionalRoute
from joust_webhook.event_log import queries

router = APIRouter(
    prefix="/internal/events", route_class=TransactionalRoute, responses=responses(Unauthorized)
)


@router.get("", responses=responses(Invalid))
async def list_events(
    actor: CurrentActor,
    session: Reading,
    after: Annotated[Position, Query()] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> EventPage:
    """List what the actor was told behind a position, oldest first."""
    return await queries.list_events(session, actor, after, limit)
