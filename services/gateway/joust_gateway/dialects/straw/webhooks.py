"""Webhook endpoints, in the Straw dialect."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from joust_contracts.refusals.webhooks import (
    NO_SUCH_WEBHOOK,
    TOO_MANY_SECRETS,
    TOO_MANY_WEBHOOKS,
    WEBHOOK_INACTIVE,
)
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.dialects.straw.examples import webhooks as examples
from joust_gateway.dialects.straw.schemas.common import Listing
from joust_gateway.dialects.straw.schemas.money import PageQuery
from joust_gateway.dialects.straw.schemas.webhooks import (
    CreatedWebhook,
    NewSecret,
    NewWebhook,
    Rotation,
    Webhook,
    WebhookChanges,
    WebhookTest,
)
from joust_gateway.documented import operation
from joust_gateway.limits import Limit, limited
from joust_gateway.resources import OpenResources
from joust_kit.errors import InvalidUuid
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"], route_class=TranslatingRoute)

Manages = Annotated[Call, calls(Scope.WEBHOOKS_MANAGE)]


@router.post(
    "",
    operation_id="create_webhook",
    **operation(
        TOO_MANY_WEBHOOKS,
        once=True,
        status=201,
        request=examples.NEW_WEBHOOK,
        answer=examples.CREATED_WEBHOOK,
    ),
)
async def create_webhook(wanted: NewWebhook, call: Manages, resources: OpenResources) -> CreatedWebhook:
    """Have events sent to a URL. The secret that verifies their signatures is shown only now."""
    return CreatedWebhook.of(await resources.services.webhooks.create_endpoint(call, wanted))


@router.get("", operation_id="list_webhooks", **operation(answer=examples.WEBHOOKS))
async def list_webhooks(
    wanted: Annotated[PageQuery, Query()], call: Manages, resources: OpenResources
) -> Listing[Webhook]:
    """List your webhooks, newest first, deactivated ones too. Secrets are not shown again."""
    page = await resources.services.webhooks.list_endpoints(call, wanted.limit, wanted.cursor)
    return Listing.of(tuple(map(Webhook.of, page.data)), page.next_cursor)


@router.patch(
    "/{webhook_id}",
    operation_id="update_webhook",
    **operation(
        NO_SUCH_WEBHOOK, InvalidUuid, WEBHOOK_INACTIVE, request=examples.CHANGES, answer=examples.CHANGED
    ),
)
async def update_webhook(
    webhook_id: UUID, wanted: WebhookChanges, call: Manages, resources: OpenResources
) -> Webhook:
    """Change where which events are sent, or whether any are. What is disabled keeps its log, and what
    happens meanwhile can be recovered once it is enabled."""
    return Webhook.of(await resources.services.webhooks.update_endpoint(call, webhook_id, wanted))


@router.post(
    "/{webhook_id}/rotate-secret",
    operation_id="rotate_webhook_secret",
    dependencies=[limited(Limit.MUTATIONS)],
    **operation(
        NO_SUCH_WEBHOOK,
        InvalidUuid,
        WEBHOOK_INACTIVE,
        TOO_MANY_SECRETS,
        once=True,
        request=examples.ROTATION,
        answer=examples.ROTATED,
    ),
)
async def rotate_webhook_secret(
    webhook_id: UUID, wanted: Rotation, call: Manages, resources: OpenResources
) -> NewSecret:
    """Sign with a new secret, which is shown only now. For a while the old one signs too, so that your server
    can be changed without losing a message."""
    return NewSecret.of(await resources.services.webhooks.rotate_secret(call, webhook_id, wanted))


@router.delete(
    "/{webhook_id}",
    operation_id="deactivate_webhook",
    **operation(NO_SUCH_WEBHOOK, InvalidUuid, answer=examples.DEACTIVATED),
)
async def deactivate_webhook(webhook_id: UUID, call: Manages, resources: OpenResources) -> Webhook:
    """Have nothing more sent to a webhook, not even what waits to be sent. For good; again is fine."""
    return Webhook.of(await resources.services.webhooks.deactivate_endpoint(call, webhook_id))


@router.post(
    "/{webhook_id}/test",
    operation_id="test_webhook",
    dependencies=[limited(Limit.MUTATIONS)],
    **operation(NO_SUCH_WEBHOOK, InvalidUuid, WEBHOOK_INACTIVE, once=True, answer=examples.TEST),
)
async def send_test_delivery(webhook_id: UUID, call: Manages, resources: OpenResources) -> WebhookTest:
    """Send a signed test message of type `webhook.test` now, once, and tell what your server answered.

    It has 5 seconds. That it did not arrive is told in the answer, which is a 200 all the same.
    """
    return WebhookTest.of(await resources.services.webhooks.try_endpoint(call, webhook_id))
