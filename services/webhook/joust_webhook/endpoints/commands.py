"""What can be done to an endpoint. Each runs in the caller's transaction, which the edge commits."""

from uuid import UUID

from joust_contracts.internal.webhooks import CreatedEndpoint, CreateEndpoint, EndpointView
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_webhook.endpoints import repository
from joust_webhook.endpoints.errors import EndpointNotFound
from joust_webhook.endpoints.models import Endpoint
from joust_webhook.endpoints.rules import check_number_of_endpoints, check_url
from joust_webhook.resources import Resources
from joust_webhook.vault import new_secret


async def create_endpoint(
    unit: UnitOfWork, actor: Actor, wanted: CreateEndpoint, resources: Resources
) -> CreatedEndpoint:
    """Register an endpoint with a new secret. Raises ``UrlNotAllowed`` or ``TooManyEndpoints``."""
    settings = resources.settings
    check_url(wanted.url, allow_insecure=settings.allow_insecure_targets)
    await repository.lock_endpoints_of(unit.session, actor.account_id)
    existing = await repository.count_active(unit.session, actor.account_id)
    check_number_of_endpoints(existing, settings.max_endpoints_per_account)
    secret = new_secret()
    endpoint = Endpoint(
        id=unit.new_id(),
        account_id=actor.account_id,
        url=wanted.url,
        events=list(dict.fromkeys(kind.value for kind in wanted.events)),
        secret_encrypted=resources.vault.encrypt(secret),
        created_at=unit.now,
    )
    unit.session.add(endpoint)
    return endpoint.created(secret)


async def deactivate_endpoint(unit: UnitOfWork, actor: Actor, endpoint_id: UUID) -> EndpointView:
    """Send nothing more to an endpoint of the actor; again changes nothing. Raises ``EndpointNotFound``.

    What is queued for it is given up when its turn comes (``deliveries.jobs``), so that this takes the same
    time however much that is. Long after, the endpoint is forgotten (``bootstrap``).
    """
    endpoint = await repository.lock(unit.session, actor.account_id, endpoint_id)
    if endpoint is None:
        raise EndpointNotFound()
    endpoint.deactivate(unit.now)
    return endpoint.view()
