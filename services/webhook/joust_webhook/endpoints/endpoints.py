"""Internal API about registered endpoints."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from joust_contracts.internal.common import Page
from joust_contracts.internal.webhooks import (
    CreatedEndpoint,
    CreateEndpoint,
    EndpointView,
    RotatedSecret,
    RotateSecret,
    TrialView,
    UpdateEndpoint,
)
from joust_kit.database.database import Database
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.errors import Invalid, Unauthorized
from joust_kit.failpoints import failpoint
from joust_kit.http.errors import responses
from joust_kit.http.transactions import (
    CurrentActor,
    Reading,
    TransactionalRoute,
    TranslatingRoute,
    Unit,
    answer_once,
    answered_before,
)
from joust_webhook.endpoints import commands, queries
from joust_webhook.endpoints.errors import (
    EndpointInactive,
    EndpointNotFound,
    TooManyEndpoints,
    TooManySecrets,
    UrlNotAllowed,
)
from joust_webhook.endpoints.trials import try_endpoint
from joust_webhook.resources import resources_of

router = APIRouter(
    prefix="/internal/endpoints", route_class=TransactionalRoute, responses=responses(Unauthorized)
)
trials = APIRouter(
    prefix="/internal/endpoints", route_class=TranslatingRoute, responses=responses(Unauthorized)
)


@router.post("", status_code=201, responses=responses(TooManyEndpoints, UrlNotAllowed))
async def create_endpoint(
    wanted: CreateEndpoint, actor: CurrentActor, unit: Unit, request: Request
) -> CreatedEndpoint:
    """Register an endpoint; the answer is the only one that shows its secret."""
    return await commands.create_endpoint(unit, actor, wanted, resources_of(request))


@router.get("", responses=responses(Invalid))
async def list_endpoints(
    actor: CurrentActor,
    session: Reading,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[EndpointView]:
    """List the actor's endpoints, newest first."""
    return await queries.list_endpoints(session, actor, limit, cursor)


@router.patch("/{endpoint_id}", responses=responses(EndpointNotFound, EndpointInactive, UrlNotAllowed))
async def update_endpoint(
    endpoint_id: UUID, wanted: UpdateEndpoint, actor: CurrentActor, unit: Unit, request: Request
) -> EndpointView:
    """Change where which events are sent, or whether any are."""
    return await commands.update_endpoint(unit, actor, endpoint_id, wanted, resources_of(request))


@router.post(
    "/{endpoint_id}/secrets", responses=responses(EndpointNotFound, EndpointInactive, TooManySecrets)
)
async def rotate_secret(
    endpoint_id: UUID, wanted: RotateSecret, actor: CurrentActor, unit: Unit, request: Request
) -> RotatedSecret:
    """Replace its secret; the answer is the only one that shows the new one."""
    return await commands.rotate_secret(unit, actor, endpoint_id, wanted, resources_of(request))


@router.delete("/{endpoint_id}", responses=responses(EndpointNotFound))
async def deactivate_endpoint(endpoint_id: UUID, actor: CurrentActor, unit: Unit) -> EndpointView:
    """Send nothing more to it."""
    return await commands.deactivate_endpoint(unit, actor, endpoint_id)


@trials.post(
    "/{endpoint_id}/trials",
    response_model=TrialView,
    responses=responses(EndpointNotFound, EndpointInactive),
)
async def make_trial(endpoint_id: UUID, actor: CurrentActor, request: Request) -> Response:
    """Make a test delivery. Two at once with one idempotency key may both send, and answer the same."""
    if (first := await answered_before(request)) is not None:
        return first
    database: Database = request.app.state.database
    async with database.reading() as session:
        endpoint = await queries.get_active(session, actor, endpoint_id)
    trial = await try_endpoint(endpoint, resources_of(request), database)
    if __debug__:
        failpoint("after_test_delivery_before_its_answer")

    async def answer(_unit: UnitOfWork) -> BaseModel:
        return trial

    return await answer_once(request, await request.body(), answer, status=200)
