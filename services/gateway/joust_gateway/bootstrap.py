"""Puts the gateway together from its real parts."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from functools import partial
from uuid import NAMESPACE_URL, UUID, uuid5

from fastapi import FastAPI, Request

from joust_contracts.events import Event, EventData
from joust_contracts.internal.drafts import MAX_PARTS_OF_AN_ASSET
from joust_contracts.services import ServiceName
from joust_gateway.access.authentication import key_of_request
from joust_gateway.access.client_address import connection_owner
from joust_gateway.access.holders import Holders
from joust_gateway.access.last_use import LastUses
from joust_gateway.access.open_streams import OpenStreams
from joust_gateway.access.revocations import Revocations
from joust_gateway.accounts import endpoints as accounts
from joust_gateway.agents import endpoints as agents
from joust_gateway.base import KIT
from joust_gateway.bodies import GuardBodies
from joust_gateway.clients.services import Services, open_services
from joust_gateway.counts import Counts
from joust_gateway.dialects.a2gig.router import ROUTERS as A2GIG
from joust_gateway.dialects.drops.router import ROUTERS as DROPS
from joust_gateway.dialects.straw.readiness import SAMPLES_PATH
from joust_gateway.dialects.straw.router import ROUTERS as STRAW
from joust_gateway.dialects.straw.uploads import PREFLIGHT_PATH, UPLOAD_PATH
from joust_gateway.dialects.straw.workspace_files import FILES_PATH
from joust_gateway.documents import install_documents
from joust_gateway.limits import address_of, install_limits
from joust_gateway.request_ids import RequestIds
from joust_gateway.resources import Resources
from joust_gateway.settings import GatewaySettings
from joust_gateway.snapshots import AGGREGATES
from joust_gateway.streams.hub import Hub
from joust_gateway.streams.openings import OpenInTurn
from joust_gateway.streams.running import RunningStreams
from joust_gateway.streams.stopping import told_to_stop
from joust_gateway.streams.watches import Patience, Watches
from joust_gateway.subscriptions import STREAMED, STREAMED_TOPICS, SUBSCRIPTIONS
from joust_kit.background import Background
from joust_kit.http.places import AddressLimit
from joust_kit.messaging.broadcast import Broadcast
from joust_kit.service import Runtime, Service

OpenServices = Callable[[GatewaySettings, Callable[[], datetime]], AbstractAsyncContextManager[Services]]

ATTACHMENTS = r"/api/tasks/[^/]+/attachments"
TEST_SUITES = r"/api/v1/tasks/[^/]+/test-suite"
VALUES = r"/api/v1/workspace/kv/.+"
PARTS = r"/api/assets/[^/]+/complete"
PART_MARKS = 20
"""Of a part with its number and ETag, with room for what is wrong with them."""
VALUE_MARKS = 100
"""What a body may have around a value of a workspace."""
_LISTENERS_PER_STREAM = 3
"""A stream shows two subjects at the most; the rest is for requests that wait."""
FORM_BYTES = 100_000
"""What a form may have around its file."""


def create_service(
    settings: GatewaySettings | None = None, *, open_services: OpenServices = open_services
) -> Service:
    """The gateway; settings come from the environment, and services are asked over HTTP, unless given."""
    chosen = settings or GatewaySettings()
    counts = Counts(chosen)
    return Service(
        name=ServiceName.GATEWAY,
        description="The only door: accounts and keys, and the public API over the other services.",
        settings=chosen,
        tables=KIT,
        routers=[accounts.router, agents.router, *STRAW, *A2GIG, *DROPS],
        large_bodies={
            ATTACHMENTS: chosen.max_attachment_bytes + FORM_BYTES,
            TEST_SUITES: chosen.max_test_suite_bytes + FORM_BYTES,
            SAMPLES_PATH: chosen.max_artifact_bytes,
            FILES_PATH: chosen.max_workspace_file_bytes,
            UPLOAD_PATH: chosen.max_artifact_bytes + FORM_BYTES,
            PREFLIGHT_PATH: chosen.max_artifact_bytes + FORM_BYTES,
        },
        address_limit=AddressLimit(
            chosen.max_connections_per_address,
            lambda peer: connection_owner(peer, chosen.trusted_proxies),
        ),
        dense_bodies={
            VALUES: chosen.max_workspace_value_bytes + VALUE_MARKS,
            PARTS: MAX_PARTS_OF_AN_ASSET * PART_MARKS,
        },
        subscriptions=SUBSCRIPTIONS,
        aggregates=AGGREGATES,
        open_resources=partial(_open_resources, chosen, counts, open_services),
        notes={"shared limits": counts.ping} if counts.are_shared else {},
        equip=partial(_equip, chosen, counts),
    )


@asynccontextmanager
async def _open_resources(
    settings: GatewaySettings, counts: Counts, open_services: OpenServices, runtime: Runtime
) -> AsyncIterator[Resources]:
    database = runtime.database

    def now() -> datetime:
        return database.clock.now()

    hub = Hub(_LISTENERS_PER_STREAM * settings.stream_max_open)
    patience = Patience(
        settings.stream_heartbeat_seconds,
        settings.stream_patience_seconds,
        settings.stream_opening_patience_seconds,
    )
    watches = Watches(hub, patience, now)
    running = RunningStreams(settings, now)
    last_uses = LastUses(database, settings.last_use_delay_seconds)
    holders = Holders(database, settings.database_pool_timeout_seconds)
    streams = OpenStreams(settings.stream_max_open_per_account)
    revocations = Revocations(database, holders, streams)

    async def tell(event: Event[EventData]) -> None:
        revocations.hear(event)
        await hub.tell(event)

    def end_waiting() -> None:
        hub.close()
        running.close()

    broadcast = Broadcast(runtime.bus, STREAMED_TOPICS, STREAMED, tell, on_begin=hub.wake_all)
    background = Background()
    async with open_services(settings, database.server_clock.now) as services, counts.opened():
        background.keep("broadcast", broadcast.run)
        background.keep("last uses", last_uses.run)
        background.keep("revocations", revocations.run)
        background.keep("streams", running.run)
        try:
            with told_to_stop(end_waiting):
                yield Resources(
                    settings, services, hub, watches, running, last_uses, holders, streams, revocations
                )
        finally:
            await background.stop()


def _equip(settings: GatewaySettings, counts: Counts, app: FastAPI) -> None:
    app.state.idempotency_scope = partial(_owner_of_idempotency_keys, settings)
    install_documents(app)
    app.add_middleware(
        GuardBodies,
        grace_seconds=settings.body_grace_seconds,
        min_bytes_per_second=settings.body_min_bytes_per_second,
    )
    app.add_middleware(
        OpenInTurn,
        at_once=settings.stream_openings_at_once,
        max_waiting=settings.stream_max_open,
        patience_seconds=settings.stream_turn_timeout_seconds,
    )
    install_limits(app, settings, counts)
    app.add_middleware(RequestIds)


async def _owner_of_idempotency_keys(settings: GatewaySettings, request: Request) -> UUID:
    """The API key that came; for a sign-up, which has none, the client's address."""
    if request.url.path == accounts.ACCOUNTS_PATH:
        return uuid5(NAMESPACE_URL, f"joust:client:{address_of(request, settings)}")
    return await key_of_request(request)
