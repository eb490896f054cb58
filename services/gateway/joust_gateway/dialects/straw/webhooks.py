"""Webhook endpoints, in the Straw dialect."""

from typing import Annotated

from fastapi import APIRouter

from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.dialects.straw import examples
from joust_gateway.dialects.straw.schemas.webhooks import CreatedWebhook, NewWebhook
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"], route_class=TranslatingRoute)


@router.post(
    "",
    operation_id="create_webhook",
    **operation(
        once=True,
        status=201,
        request=examples.NEW_WEBHOOK,
        answer=examples.CREATED_WEBHOOK,
    ),
)
async def create_webhook(
    wanted: NewWebhook, call: Annotated[Call, calls(Scope.WEBHOOKS_MANAGE)], resources: OpenResources
) -> CreatedWebhook:
    """Have events sent to a URL. The secret that verifies their signatures is shown only now."""
    return CreatedWebhook.of(await resources.services.webhooks.create_endpoint(call, wanted))
