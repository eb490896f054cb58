"""Internal API about the log of deliveries."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from joust_contracts.internal.common import Page
from joust_contracts.internal.webhooks import DeliveryDetail, DeliveryView
from joust_contracts.vocabulary import DeliveryState
from joust_kit.errors import Invalid, Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, Reading, TransactionalRoute, Unit
from joust_webhook.deliveries import queries
from joust_webhook.deliveries.errors import DeliveryNotFound
from joust_webhook.deliveries.sending_again import resend
from joust_webhook.endpoints.errors import EndpointInactive, EndpointIsDisabled, EndpointNotFound

router = APIRouter(
    prefix="/internal/endpoints/{endpoint_id}/deliveries",
    route_class=TransactionalRoute,
    responses=responses(Unauthorized, EndpointNotFound),
)


@router.get("", responses=responses(Invalid))
async def list_deliveries(
    endpoint_id: UUID,
    actor: CurrentActor,
    session: Reading,
    state: DeliveryState | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[DeliveryView]:
    """List what was sent to the endpoint, or is to be sent, newest first."""
    return await queries.list_deliveries(session, actor, endpoint_id, state, limit, cursor)


@router.get("/{delivery_id}", responses=responses(DeliveryNotFound))
async def get_delivery(
    endpoint_id: UUID, delivery_id: UUID, actor: CurrentActor, session: Reading
) -> DeliveryDetail:
    """Show a delivery with its attempts."""
    return await queries.get_delivery(session, actor, endpoint_id, delivery_id)


@router.post(
    "/{delivery_id}/resend",
    status_code=202,
    responses=responses(DeliveryNotFound, EndpointInactive, EndpointIsDisabled),
)
async def resend_delivery(
    endpoint_id: UUID, delivery_id: UUID, actor: CurrentActor, unit: Unit
) -> DeliveryView:
    """Make the delivery again, beginning now."""
    return await resend(unit, actor, endpoint_id, delivery_id)
