"""Internal API about replays and recoveries."""

from uuid import UUID

from fastapi import APIRouter

from joust_contracts.internal.webhooks import Recover, Replay, ResendView
from joust_kit.errors import Invalid, Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, TransactionalRoute, Unit
from joust_webhook.deliveries.errors import TooManyResends
from joust_webhook.endpoints.errors import EndpointInactive, EndpointIsDisabled, EndpointNotFound
from joust_webhook.resends.commands import begin_resend

router = APIRouter(
    prefix="/internal/endpoints/{endpoint_id}",
    route_class=TransactionalRoute,
    responses=responses(
        Unauthorized, EndpointNotFound, EndpointInactive, EndpointIsDisabled, TooManyResends, Invalid
    ),
)


@router.post("/replays", status_code=202)
async def replay(endpoint_id: UUID, wanted: Replay, actor: CurrentActor, unit: Unit) -> ResendView:
    """Make all deliveries of a span of time again, whatever came of them."""
    return await begin_resend(unit, actor, endpoint_id, wanted.since, wanted.until, failed_only=False)


@router.post("/recoveries", status_code=202)
async def recover(endpoint_id: UUID, wanted: Recover, actor: CurrentActor, unit: Unit) -> ResendView:
    """Make those deliveries again that failed for good since a moment."""
    return await begin_resend(unit, actor, endpoint_id, wanted.since, failed_only=True)
