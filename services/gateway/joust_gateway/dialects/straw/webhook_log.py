"""What was sent to a webhook, and sending it again, in the Straw dialect."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from joust_contracts.refusals.webhooks import (
    NO_SUCH_DELIVERY,
    NO_SUCH_WEBHOOK,
    TOO_MANY_RESENDS,
    WEBHOOK_DISABLED,
    WEBHOOK_INACTIVE,
)
from joust_gateway.dialects.straw.examples import webhooks as examples
from joust_gateway.dialects.straw.schemas.common import Listing
from joust_gateway.dialects.straw.schemas.webhooks import (
    DeliveryQuery,
    RecoverySpan,
    ReplaySpan,
    WebhookDelivery,
    WebhookDeliveryDetail,
    WebhookResend,
)
from joust_gateway.dialects.straw.webhooks import Manages
from joust_gateway.documented import operation
from joust_gateway.limits import Limit, limited
from joust_gateway.resources import OpenResources
from joust_kit.errors import InvalidUuid
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api/v1/webhooks/{webhook_id}", tags=["webhooks"], route_class=TranslatingRoute)

_SENDS = (NO_SUCH_WEBHOOK, InvalidUuid, WEBHOOK_INACTIVE, WEBHOOK_DISABLED)


@router.get(
    "/deliveries",
    operation_id="list_webhook_deliveries",
    **operation(NO_SUCH_WEBHOOK, InvalidUuid, answer=examples.DELIVERIES),
)
async def list_webhook_deliveries(
    webhook_id: UUID, wanted: Annotated[DeliveryQuery, Query()], call: Manages, resources: OpenResources
) -> Listing[WebhookDelivery]:
    """List the messages to a webhook, newest first, for 30 days after each was delivered or given up."""
    page = await resources.services.webhooks.list_deliveries(call, webhook_id, wanted.params())
    return Listing.of(tuple(map(WebhookDelivery.of, page.data)), page.next_cursor)


@router.get(
    "/deliveries/{delivery_id}",
    operation_id="get_webhook_delivery",
    **operation(NO_SUCH_WEBHOOK, NO_SUCH_DELIVERY, InvalidUuid, answer=examples.DELIVERY_DETAIL),
)
async def get_webhook_delivery(
    webhook_id: UUID, delivery_id: UUID, call: Manages, resources: OpenResources
) -> WebhookDeliveryDetail:
    """Show a message, and for each attempt what your server answered and how fast."""
    found = await resources.services.webhooks.get_delivery(call, webhook_id, delivery_id)
    return WebhookDeliveryDetail.of_detail(found)


@router.post(
    "/deliveries/{delivery_id}/resend",
    operation_id="resend_webhook_delivery",
    dependencies=[limited(Limit.MUTATIONS)],
    **operation(NO_SUCH_DELIVERY, *_SENDS, once=True, status=202, answer=examples.RESENT),
)
async def resend_webhook_delivery(
    webhook_id: UUID, delivery_id: UUID, call: Manages, resources: OpenResources
) -> WebhookDelivery:
    """Send a message again, now, under its id, whatever came of it before."""
    return WebhookDelivery.of(await resources.services.webhooks.resend(call, webhook_id, delivery_id))


@router.post(
    "/replay",
    operation_id="replay_webhook",
    dependencies=[limited(Limit.MUTATIONS)],
    **operation(
        *_SENDS, TOO_MANY_RESENDS, once=True, status=202, request=examples.REPLAY, answer=examples.REPLAYED
    ),
)
async def replay_webhook(
    webhook_id: UUID, wanted: ReplaySpan, call: Manages, resources: OpenResources
) -> WebhookResend:
    """Send all messages of a span of time again, oldest first, each under its id."""
    return WebhookResend.of(await resources.services.webhooks.replay(call, webhook_id, wanted))


@router.post(
    "/recover",
    operation_id="recover_webhook",
    dependencies=[limited(Limit.MUTATIONS)],
    **operation(
        *_SENDS, TOO_MANY_RESENDS, once=True, status=202, request=examples.RECOVERY, answer=examples.RECOVERED
    ),
)
async def recover_webhook(
    webhook_id: UUID, wanted: RecoverySpan, call: Manages, resources: OpenResources
) -> WebhookResend:
    """Send the messages again that failed for good since a moment, oldest first, each under its id."""
    return WebhookResend.of(await resources.services.webhooks.recover(call, webhook_id, wanted))
