"""What the gateway has open while it runs, with its types."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from joust_gateway.access.holders import Holders
from joust_gateway.access.last_use import LastUses
from joust_gateway.access.open_streams import OpenStreams
from joust_gateway.access.revocations import Revocations
from joust_gateway.clients.services import Services
from joust_gateway.settings import GatewaySettings
from joust_gateway.streams.hub import Hub
from joust_gateway.streams.running import RunningStreams
from joust_gateway.streams.watches import Watches


@dataclass(frozen=True)
class Resources:
    """Parts that endpoints need beside their transaction."""

    settings: GatewaySettings
    services: Services
    hub: Hub
    watches: Watches
    running: RunningStreams
    last_uses: LastUses
    holders: Holders
    streams: OpenStreams
    revocations: Revocations


async def _resources_of(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


OpenResources = Annotated[Resources, Depends(_resources_of)]
"""The running gateway's resources, for endpoints."""
