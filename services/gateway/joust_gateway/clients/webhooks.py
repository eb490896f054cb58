"""Client of the webhook service."""

from joust_contracts.internal.webhooks import CreatedEndpoint, CreateEndpoint
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import Transport


class WebhookClient:
    """The webhook service's internal API."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def create_endpoint(self, call: Call, wanted: CreateEndpoint) -> CreatedEndpoint:
        """Register an endpoint of the caller."""
        return await self._transport.post(call, "/internal/endpoints", CreatedEndpoint, body=wanted)
