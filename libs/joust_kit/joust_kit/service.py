"""What a service is, and how its process runs: the same for all seven."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI

from joust_contracts.services import ServiceName
from joust_kit.background import Background
from joust_kit.database.connections import count_connections, open_engine
from joust_kit.database.database import Database
from joust_kit.database.tables import KitTables
from joust_kit.failpoints import name_process
from joust_kit.http.body_limit import BodyLimits, RefuseLargeBodies
from joust_kit.http.document import install_document
from joust_kit.http.errors import install_error_handlers
from joust_kit.http.health import Check, install_health
from joust_kit.http.leaving import LeavableApp
from joust_kit.http.observe import ObserveRequests
from joust_kit.http.places import AddressLimit
from joust_kit.http.transactions import scope_of_actor
from joust_kit.identity import ActorVerifier
from joust_kit.jobs import Job, JobQueue
from joust_kit.maintenance import Aged, Maintenance
from joust_kit.messaging.bus import Bus
from joust_kit.messaging.consumer import Consumer
from joust_kit.messaging.inbox import Inbox
from joust_kit.messaging.kafka import KafkaBus
from joust_kit.messaging.reconcile import Comparison
from joust_kit.messaging.relay import Relay
from joust_kit.messaging.republish import Aggregate
from joust_kit.messaging.retries import Retries
from joust_kit.messaging.subscriptions import Subscriptions
from joust_kit.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class Service:
    """Everything that makes one service; each has a function ``create_service`` in ``bootstrap.py``."""

    name: ServiceName
    description: str
    settings: ServiceSettings
    tables: KitTables
    routers: Sequence[APIRouter]
    subscriptions: Subscriptions
    jobs: Sequence[Job[Any]] = ()
    open_resources: "Callable[[Runtime], AbstractAsyncContextManager[Any]] | None" = None
    """Opens what the service needs beside the database; the value is ``JobContext.resources`` and
    ``app.state.resources``."""
    checks: Mapping[str, Check] = field(default_factory=dict)
    notes: Mapping[str, Check] = field(default_factory=dict)
    """Parts that the service can do without for a while; ``/readyz`` tells how they are."""
    equip: Callable[[FastAPI], None] = lambda app: None
    """Gives the app what only this service has: middleware, documents, state."""
    projections: Sequence[str] = ()
    """Tables that hold nothing but what events said; ``rebuild`` empties and refills them."""
    large_bodies: Mapping[str, int] = field(default_factory=dict)
    """How many bytes a body may have at paths that match a pattern, instead of ``max_body_bytes``."""
    dense_bodies: Mapping[str, int] = field(default_factory=dict)
    """How many marks JSON may have at paths that match a pattern, instead of ``max_body_marks``."""
    address_limit: AddressLimit | None = None
    """How many connections one address may have; behind the gateway there are few addresses and no limit."""
    aged: Sequence[Aged] = ()
    """Rows that are forgotten after a time."""
    aggregates: Sequence[Aggregate] = ()
    """What the service owns and tells; ``republish`` tells each as it is."""
    comparisons: Sequence[Comparison] = ()
    """What ``reconcile`` looks at beside the topics."""
    bus: Bus | None = None
    """Where events go and come from; Kafka at the address of the settings unless given."""


class Runtime:
    """The parts of a running service, apart from its HTTP side."""

    def __init__(self, service: Service) -> None:
        settings = service.settings
        if __debug__:
            name_process(service.name)
        self.service = service
        self.background = Background()
        engine = open_engine(settings, application_name=f"joust-{service.name}")
        count_connections(engine)
        self.database = Database(engine, service.tables)
        self.jobs = JobQueue(settings, service.tables, service.jobs, self.database)
        self.database.jobs = self.jobs
        self.bus: Bus = service.bus or KafkaBus(settings.kafka_bootstrap_servers)
        self.relay = Relay(settings, service.tables, self.bus)
        self.database.events_committed = self.relay.wake
        self.inbox = Inbox(self.database, service.subscriptions)
        self.retries = Retries(self.inbox, self.database, settings)
        self.consumer = Consumer(settings, service.subscriptions, self.inbox, self.retries, self.bus)
        self.resources: Any = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Runtime"]:
        """Run all loops for the length of the block."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.database.close)
            if self.service.open_resources is not None:
                self.resources = await stack.enter_async_context(self.service.open_resources(self))
            self.jobs.resources = self.resources
            stack.push_async_callback(self.jobs.stop)
            stack.push_async_callback(self.background.stop)
            if self.database.clock is self.database.server_clock:
                self.background.keep("clock", self.database.server_clock.keep_right)
            self.background.keep("relay", self.relay.run)
            self.background.keep("consumer", self.consumer.run)
            self.background.keep("retries", self.retries.run)
            maintenance = Maintenance(self.database, self.service.settings, self.service.aged)
            self.background.keep("maintenance", maintenance.run)
            if self.service.jobs:
                self.background.keep("jobs", self._run_jobs)
            yield self

    async def _run_jobs(self) -> None:
        await self.jobs.start()
        await asyncio.Event().wait()


def create_app(service: Service) -> FastAPI:
    """The service's HTTP side; its lifespan runs everything else."""
    runtime = Runtime(service)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with runtime.running():
            app.state.resources = runtime.resources
            yield

    app = LeavableApp(
        title=f"Joust {service.name}",
        description=service.description,
        version="1",
        lifespan=lifespan,
        redirect_slashes=False,
        openapi_url=None,  # ``install_document`` serves it; FastAPI's pages load their scripts from elsewhere
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ``ObserveRequests`` does it for less
    )
    app.state.runtime = runtime
    app.state.database = runtime.database
    app.state.settings = service.settings
    if service.settings.actor_public_key:
        app.state.verifier = ActorVerifier(
            service.settings.actor_public_key, service.name, now=runtime.database.server_clock.now
        )
        app.state.idempotency_scope = scope_of_actor
    app.add_middleware(
        RefuseLargeBodies,
        limits=BodyLimits(
            max_bytes=service.settings.max_body_bytes,
            max_marks=service.settings.max_body_marks,
            max_kept_bytes=service.settings.max_kept_body_bytes,
            larger_at=service.large_bodies,
            denser_at=service.dense_bodies,
        ),
    )
    service.equip(app)
    app.add_middleware(ObserveRequests)
    install_error_handlers(app)
    checks = {"database": runtime.database.ping, "kafka": runtime.bus.ping, **service.checks}
    install_health(app, checks, service.notes)
    install_document(app)
    app.add_api_route("/asyncapi.json", _asyncapi(service), include_in_schema=False)
    for router in service.routers:
        app.include_router(router)
    return app


def _asyncapi(service: Service) -> Callable[[], dict[str, Any]]:
    @cache
    def asyncapi() -> dict[str, Any]:
        from joust_kit.messaging.asyncapi import asyncapi_document  # noqa: PLC0415 - slow, and rarely asked

        return asyncapi_document(service)

    return asyncapi
