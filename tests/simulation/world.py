"""Seven services, their clients and everything between them, in one process and under one scheduler."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest import mock

import anyio.to_thread
import faststream_outbox.client
import faststream_outbox.message
from faststream_outbox.subscriber import usecase

import joust_gateway.request_ids
from joust_contracts.services import ServiceName
from joust_gateway.clients.attachments import AttachmentClient
from joust_gateway.clients.competitions import CompetitionClient
from joust_gateway.clients.drafts import DraftClient
from joust_gateway.clients.drops import DropClient, DropSubmissionClient
from joust_gateway.clients.evaluations import EvaluationClient
from joust_gateway.clients.files import FileTransport
from joust_gateway.clients.intake import IntakeClient
from joust_gateway.clients.judging import JudgingClient
from joust_gateway.clients.rankings import RankingClient
from joust_gateway.clients.readiness import ReadinessClient
from joust_gateway.clients.samples import SampleClient
from joust_gateway.clients.services import Services
from joust_gateway.clients.submissions import SubmissionClient
from joust_gateway.clients.tasks import TaskClient
from joust_gateway.clients.transport import Transport
from joust_gateway.clients.wallets import WalletClient
from joust_gateway.clients.webhooks import WebhookClient
from joust_gateway.clients.workspaces import WorkspaceClient
from joust_gateway.settings import GatewaySettings
from joust_kit.database import freshness
from joust_kit.derived_secrets import DerivedSecrets
from joust_kit.identity import ActorSigner
from joust_kit.maintenance import Maintenance
from joust_kit.messaging import relay, retries
from joust_kit.service import Runtime
from joust_kit.testing.memory_bus import MemoryBus
from joust_wallet.resources import Resources as WalletResources
from joust_webhook.resources import Resources as WebhookResources
from joust_webhook.resources import flights_of
from joust_webhook.vault import Vault
from tests.simulation.bus import SimulatedBus
from tests.simulation.factory import Factory
from tests.simulation.http import Network, NetworkSession, Server
from tests.simulation.loop import Process
from tests.simulation.parts import (
    Receiver,
    SimulatedJudge,
    SimulatedRail,
    SimulatedSender,
    SimulatedStore,
    VirtualClock,
    VirtualIds,
)
from tests.simulation.scheduler import Scheduler
from tests.simulation.trace import Trace

_IDLE_POLL_SECONDS = 600.0
"""Loops that wait for work are woken by it; that they look now and then would only cost steps."""
_RETRIES_POLL_SECONDS = 300.0
_JOBS_POLL_SECONDS = 300.0
_JOBS_FIRST_POLL_SECONDS = 2.0
_FRESHNESS_POLL_SECONDS = 0.5
_UPLOAD_SECONDS = 10.0
_LONGEST_DOWN_SECONDS = 60.0


class World:
    """One run of one seed."""

    def __init__(self, seed: int, factory: Factory, trace: Trace) -> None:
        self.seed = seed
        self.scheduler = Scheduler(seed, factory.sessions, trace)
        self.memory = MemoryBus()
        self.network = Network(self.scheduler)
        self.store = factory.storage.store = SimulatedStore(self.scheduler)
        factory.open_services = self._open_services
        self.receiver = Receiver()
        self.rail = SimulatedRail(self.scheduler)
        self.clock = VirtualClock(self.scheduler)
        self.ids = VirtualIds(self.scheduler, seed)
        self.runtimes: dict[ServiceName, Runtime] = {}
        self.failures: list[str] = []
        """Of services that ended by themselves."""
        self._factory = factory
        self._incarnations: dict[ServiceName, int] = dict.fromkeys(ServiceName, 0)
        self._services: dict[Process, None] = {}
        """In order: whoever dies first gives its sessions back first."""
        self.scheduler.may_crash = self._services.__contains__

    def boot_all(self) -> None:
        """Start every service."""
        for name in ServiceName:
            self.boot(name)

    def boot(self, name: ServiceName) -> None:
        """Start an incarnation of a service; when it dies, another follows some time later."""
        self._incarnations[name] += 1
        process = Process(f"{name}#{self._incarnations[name]}")
        self._services[process] = None
        process.on_death.append(lambda: self._boot_later(name))
        running = self.scheduler.loop.create_task(self._run(name, process), context=process.context())
        running.add_done_callback(lambda done: self.failures.append(f"{process.name}: {done.exception()!r}"))

    def end(self) -> None:
        """Let every process die, and nobody follow."""
        self.scheduler.may_crash = lambda _process: False
        for process in self._services:
            process.on_death.clear()
            process.die()

    def _boot_later(self, name: ServiceName) -> None:
        seconds = self.scheduler.faults.seconds(0.05, _LONGEST_DOWN_SECONDS)
        self.scheduler.loop.call_later(seconds, self.boot, name, context=Process("world").context())

    async def _run(self, name: ServiceName, process: Process) -> None:
        bus = SimulatedBus(self.memory, self.scheduler, process)
        service, app = self._factory.service(name)
        runtime = Runtime(replace(service, bus=bus, open_resources=self._resources(name, service)))
        runtime.database.clock = self.clock
        runtime.database.ids = self.ids
        self._tune_jobs(runtime)
        async with runtime.running():
            app.state.runtime = runtime
            app.state.database = runtime.database
            app.state.resources = runtime.resources
            self.runtimes[name] = runtime
            self.network.servers[name] = Server(process, app)
            await asyncio.Event().wait()

    def _tune_jobs(self, runtime: Runtime) -> None:
        broker: Any = runtime.jobs.broker
        # FastStream keeps them in a set, and starts them in the order of their addresses.
        broker._subscribers = sorted(broker.subscribers, key=lambda each: str(each._config.queues))
        for subscriber in broker._subscribers:
            config = subscriber._config
            config.min_fetch_interval = _JOBS_FIRST_POLL_SECONDS
            config.max_fetch_interval = _JOBS_POLL_SECONDS
            config.retry_strategy._random = random.Random(self.scheduler.chance.random())

    def _resources(self, name: ServiceName, service: Any) -> Any:
        if name is ServiceName.WEBHOOK:
            return self._webhook_resources(service.settings)
        if name is ServiceName.EVALUATION:
            return self._with_judge(service.open_resources)
        if name is ServiceName.WALLET:
            return self._wallet_resources(service.settings)
        return service.open_resources

    def _with_judge(self, open_resources: Any) -> Any:
        """The service's own resources, with the judge of this world."""

        @asynccontextmanager
        async def opened(runtime: Runtime) -> AsyncIterator[Any]:
            async with open_resources(runtime) as own:
                yield replace(own, judge=SimulatedJudge(self.scheduler))

        return opened

    def _wallet_resources(self, settings: Any) -> Any:
        """Without the auditor, who is asked at the end."""

        @asynccontextmanager
        async def opened(_runtime: Runtime) -> AsyncIterator[WalletResources]:
            yield WalletResources(settings, self.rail, None)

        return opened

    def _webhook_resources(self, settings: Any) -> Any:
        @asynccontextmanager
        async def opened(_runtime: Runtime) -> AsyncIterator[WebhookResources]:
            sender: Any = SimulatedSender(self.scheduler, self.receiver)
            yield WebhookResources(
                settings,
                Vault(settings.secrets_key),
                sender,
                DerivedSecrets(settings.judge_token_key),
                self._factory.storage,
                flights_of(settings),
            )

        return opened

    @asynccontextmanager
    async def _open_services(
        self, settings: GatewaySettings, now: Callable[[], datetime]
    ) -> AsyncIterator[Services]:
        signer = ActorSigner(settings.actor_private_key.get_secret_value(), now=now)
        session: Any = NetworkSession(self.network)

        def transport(service: ServiceName) -> Transport:
            return Transport(session, service, settings.url_of(service), signer)

        def files(service: ServiceName) -> FileTransport:
            return FileTransport(session, service, settings.url_of(service), signer)

        yield Services(
            tasks=TaskClient(transport(ServiceName.TASK), _UPLOAD_SECONDS),
            attachments=AttachmentClient(transport(ServiceName.TASK), _UPLOAD_SECONDS),
            samples=SampleClient(files(ServiceName.TASK), _UPLOAD_SECONDS),
            competitions=CompetitionClient(transport(ServiceName.TASK)),
            drafts=DraftClient(transport(ServiceName.SUBMISSION), _UPLOAD_SECONDS),
            submissions=SubmissionClient(transport(ServiceName.SUBMISSION)),
            intake=IntakeClient(
                transport(ServiceName.SUBMISSION),
                upload_timeout_seconds=_UPLOAD_SECONDS,
                intake_timeout_seconds=_UPLOAD_SECONDS,
            ),
            evaluations=EvaluationClient(transport(ServiceName.EVALUATION)),
            judging=JudgingClient(transport(ServiceName.EVALUATION)),
            readiness=ReadinessClient(transport(ServiceName.EVALUATION)),
            rankings=RankingClient(transport(ServiceName.RANKING)),
            wallets=WalletClient(transport(ServiceName.WALLET)),
            webhooks=WebhookClient(transport(ServiceName.WEBHOOK)),
            workspaces=WorkspaceClient(files(ServiceName.SUBMISSION)),
            drops=DropClient(transport(ServiceName.TASK)),
            drop_submissions=DropSubmissionClient(transport(ServiceName.SUBMISSION)),
        )

    def pinned(self) -> ExitStack:
        """While this is open, nothing is left to chance that the seed does not decide."""
        stack = ExitStack()
        random_bytes = random.Random(f"bytes {self.seed}").randbytes
        random.seed(self.seed)
        for target, name, value in (
            (os, "urandom", random_bytes),
            (random, "_urandom", random_bytes),  # of which ``secrets`` makes keys
            (time, "time", lambda: self.clock.now().timestamp()),
            (time, "monotonic", self.scheduler.loop.time),
            (anyio.to_thread, "run_sync", _at_once),
            (faststream_outbox.client, "utcnow", self.clock.now),
            (faststream_outbox.message, "utcnow", self.clock.now),
            (usecase, "_LISTEN_HEALTH_CHECK_INTERVAL", _IDLE_POLL_SECONDS),
            (freshness, "_FIRST_PAUSE_SECONDS", _FRESHNESS_POLL_SECONDS),
            (freshness, "_MAX_PAUSE_SECONDS", _FRESHNESS_POLL_SECONDS),
            (joust_gateway.request_ids, "uuid7", self.ids.new),
            (Maintenance, "run", _never),
            (relay, "_IDLE_POLL_SECONDS", _IDLE_POLL_SECONDS),
            (retries, "_IDLE_POLL_SECONDS", _RETRIES_POLL_SECONDS),
        ):
            stack.enter_context(mock.patch.object(target, name, value))
        return stack


async def _never(*_: Any) -> None:
    """What is pruned after days need not be looked for at each start."""
    await asyncio.Event().wait()


async def _at_once(work: Callable[..., Any], *args: Any, **_options: Any) -> Any:
    """Threads would bring chance in."""
    return work(*args)
