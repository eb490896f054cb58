"""Client of the webhook service."""

from collections.abc import Mapping
from uuid import UUID

from joust_contracts.internal.common import Page
from joust_contracts.internal.webhooks import (
    CreatedEndpoint,
    CreateEndpoint,
    DeliveryDetail,
    DeliveryView,
    EndpointView,
    EventPage,
    Recover,
    Replay,
    ResendView,
    RotatedSecret,
    RotateSecret,
    TrialView,
    UpdateEndpoint,
)
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import Transport

_ENDPOINTS = "/internal/endpoints"
_EVENTS = "/internal/events"


class WebhookClient:
    """The webhook service's internal API."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def create_endpoint(self, call: Call, wanted: CreateEndpoint) -> CreatedEndpoint:
        """Register an endpoint of the caller."""
        return await self._transport.post(call, _ENDPOINTS, CreatedEndpoint, body=wanted)

    async def list_endpoints(self, call: Call, limit: int, cursor: str | None) -> Page[EndpointView]:
        """The caller's endpoints, newest first."""
        params = {"limit": str(limit)} | ({} if cursor is None else {"cursor": cursor})
        return await self._transport.get(call, _ENDPOINTS, Page[EndpointView], params=params)

    async def update_endpoint(self, call: Call, endpoint_id: UUID, wanted: UpdateEndpoint) -> EndpointView:
        """Change an endpoint of the caller."""
        return await self._transport.patch(call, f"{_ENDPOINTS}/{endpoint_id}", EndpointView, body=wanted)

    async def rotate_secret(self, call: Call, endpoint_id: UUID, wanted: RotateSecret) -> RotatedSecret:
        """Have an endpoint's messages signed with a new secret."""
        return await self._transport.post(
            call, f"{_ENDPOINTS}/{endpoint_id}/secrets", RotatedSecret, body=wanted
        )

    async def list_deliveries(
        self, call: Call, endpoint_id: UUID, params: Mapping[str, str]
    ) -> Page[DeliveryView]:
        """An endpoint's log, newest first; ``params`` are ``state``, ``limit`` and ``cursor``."""
        path = f"{_ENDPOINTS}/{endpoint_id}/deliveries"
        return await self._transport.get(call, path, Page[DeliveryView], params=params)

    async def get_delivery(self, call: Call, endpoint_id: UUID, delivery_id: UUID) -> DeliveryDetail:
        """A delivery with its attempts."""
        path = f"{_ENDPOINTS}/{endpoint_id}/deliveries/{delivery_id}"
        return await self._transport.get(call, path, DeliveryDetail)

    async def resend(self, call: Call, endpoint_id: UUID, delivery_id: UUID) -> DeliveryView:
        """Have a delivery made again."""
        path = f"{_ENDPOINTS}/{endpoint_id}/deliveries/{delivery_id}/resend"
        return await self._transport.post(call, path, DeliveryView)

    async def replay(self, call: Call, endpoint_id: UUID, wanted: Replay) -> ResendView:
        """Have the deliveries of a span of time made again."""
        return await self._transport.post(
            call, f"{_ENDPOINTS}/{endpoint_id}/replays", ResendView, body=wanted
        )

    async def recover(self, call: Call, endpoint_id: UUID, wanted: Recover) -> ResendView:
        """Have the deliveries made again that failed since a moment."""
        return await self._transport.post(
            call, f"{_ENDPOINTS}/{endpoint_id}/recoveries", ResendView, body=wanted
        )

    async def deactivate_endpoint(self, call: Call, endpoint_id: UUID) -> EndpointView:
        """Have nothing more sent to an endpoint of the caller."""
        return await self._transport.delete(call, f"{_ENDPOINTS}/{endpoint_id}", EndpointView)

    async def try_endpoint(self, call: Call, endpoint_id: UUID) -> TrialView:
        """Have a test message sent to an endpoint of the caller, and wait for its answer."""
        return await self._transport.post(call, f"{_ENDPOINTS}/{endpoint_id}/trials", TrialView)

    async def list_events(self, call: Call, after: int, limit: int) -> EventPage:
        """What the caller was told behind a position, oldest first."""
        params = {"after": str(after), "limit": str(limit)}
        return await self._transport.get(call, _EVENTS, EventPage, params=params)
