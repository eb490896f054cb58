"""Internal API about registered endpoints."""

from fastapi import APIRouter, Request

from joust_contracts.internal.webhooks import CreatedEndpoint, CreateEndpoint
from joust_kit.errors import Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, TransactionalRoute, Unit
from joust_webhook.endpoints import commands
from joust_webhook.endpoints.errors import TooManyEndpoints, UrlNotAllowed
from joust_webhook.resources import resources_of

router = APIRouter(
    prefix="/internal/endpoints", route_class=TransactionalRoute, responses=responses(Unauthorized)
)


@router.post("", status_code=201, responses=responses(TooManyEndpoints, UrlNotAllowed))
async def create_endpoint(
    wanted: CreateEndpoint, actor: CurrentActor, unit: Unit, request: Request
) -> CreatedEndpoint:
    """Register an endpoint; the answer is the only one that shows its secret."""
    return await commands.create_endpoint(unit, actor, wanted, resources_of(request))
