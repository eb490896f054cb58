"""Client of the webhook service."""

from uuid import UUID

from joust_contracts.internal.common import Page
from joust_contracts.internal.webhooks import CreatedEndpoint, CreateEndpoint, EndpointView, TrialView
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import Transport

_ENDPOINTS = "/internal/endpoints"


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

    async def deactivate_endpoint(self, call: Call, endpoint_id: UUID) -> EndpointView:
        """Have nothing more sent to an endpoint of the caller."""
        return await self._transport.delete(call, f"{_ENDPOINTS}/{endpoint_id}", EndpointView)

    async def try_endpoint(self, call: Call, endpoint_id: UUID) -> TrialView:
        """Have a test message sent to an endpoint of the caller, and wait for its answer."""
        return await self._transport.post(call, f"{_ENDPOINTS}/{endpoint_id}/trials", TrialView)
