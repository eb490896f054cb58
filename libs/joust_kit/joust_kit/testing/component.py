"""One service under test: its real HTTP side, handlers, jobs and schema, in this process.

Kafka is left out: what the service would tell is read from its outbox, and what it would hear is handed to
its inbox. Tests through the whole stack are in ``tests/``.
"""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import httpx2
from sqlalchemy import delete, func, select

from joust_contracts.events import EVENTS_BY_TYPE, Event, EventData
from joust_contracts.internal.common import ACTOR_HEADER
from joust_kit.clock import SystemClock
from joust_kit.identity import Actor, ActorSigner
from joust_kit.ids import RandomIds
from joust_kit.jobs import JobContext
from joust_kit.maintenance import Maintenance
from joust_kit.messaging.envelope import Message, decode, encode
from joust_kit.messaging.inbox import Outcome
from joust_kit.service import Service, create_app

E = TypeVar("E", bound=EventData)


class MovableClock:
    """The machine's clock, moved by a test."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        """The present moment in UTC, moved."""
        return SystemClock().now() + self._offset

    @contextmanager
    def ahead(self, by: timedelta) -> Iterator[None]:
        """The clock is moved by ``by`` for the length of the block."""
        self._offset += by
        try:
            yield
        finally:
            self._offset -= by


class ServiceUnderTest:
    """Drives one service the way the gateway, Kafka and time would."""

    def __init__(self, service: Service, signer: ActorSigner) -> None:
        self.service = service
        self.app = create_app(service)
        self.runtime = self.app.state.runtime
        self.database = self.runtime.database
        self.clock = MovableClock()
        self.database.clock = self.clock
        self.signer = signer
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        self.http = httpx2.AsyncClient(transport=transport, base_url=f"http://{service.name}")

    def as_actor(self, actor: Actor, **headers: str) -> dict[str, str]:
        """Headers of a request that the gateway makes for ``actor``."""
        return {ACTOR_HEADER: self.signer.token(actor, self.service.name), **headers}

    async def deliver(self, data: EventData, *, event_id: UUID | None = None) -> Outcome:
        """Hand an event to the service's inbox, as the consumer does."""
        event = Event[type(data)].of(  # type: ignore[misc]
            data, id=event_id or RandomIds().new(), time=self.clock.now()
        )
        return await self.deliver_message(message_from(event))

    async def deliver_message(self, message: Message) -> Outcome:
        """Hand a message to the service's inbox."""
        outcome: Outcome = await self.runtime.inbox.handle_message(message, timeout_seconds=30)
        return outcome

    async def emitted(self, kind: type[E], **fields: Any) -> list[E]:
        """Events of a kind in the outbox, oldest first, e.g. ``emitted(TaskClosed, aggregate_id=id)``."""
        data = [event.data for event in await self.all_emitted() if isinstance(event.data, kind)]
        return [each for each in data if all(getattr(each, name) == fields[name] for name in fields)]

    async def all_emitted(self) -> Sequence[Event[EventData]]:
        """Every event in the outbox, oldest first."""
        outbox = self.database.tables.outbox
        async with self.database.reading() as session:
            rows = (await session.execute(select(outbox).order_by(outbox.c.id))).all()
        return [
            decode(Message(row.topic, 0, row.id, None, dict(row.headers), bytes(row.value)), EVENTS_BY_TYPE)
            for row in rows
        ]

    async def run_jobs(self, queue: str, *, attempt: int = 1, also_future: bool = False) -> int:
        """Run the waiting jobs of a queue once, without the worker; returns how many ran.

        ``also_future`` runs timers whose moment by the database's clock is still to come.
        """
        job = next(each for each in self.service.jobs if each.queue == queue)
        jobs = self.database.tables.jobs
        due = select(jobs).where(jobs.c.queue == queue).order_by(jobs.c.id)
        if not also_future:
            due = due.where(jobs.c.next_attempt_at <= func.clock_timestamp())
        async with self.database.reading() as session:
            rows = (await session.execute(due)).all()
        for row in rows:
            context = JobContext(
                database=self.database,
                resources=self.runtime.resources,
                correlation_id=(row.headers or {}).get("correlation_id"),
                attempt=attempt,
                is_last_attempt=attempt >= job.max_attempts,
            )
            await job.run(job.body.model_validate(json.loads(bytes(row.payload))), context)
            async with self.database.transaction() as unit:
                await unit.session.execute(delete(jobs).where(jobs.c.id == row.id))
        return len(rows)

    async def prune(self) -> None:
        """Forget what is past its time, by the database's clock."""
        await Maintenance(self.database, self.service.settings, self.service.aged).prune()


def message_from(event: Event[E]) -> Message:
    """The Kafka message of an event."""
    headers, value = encode(event)
    return Message(event.source.topic, 0, 0, event.ordering_key.bytes, headers, value)


@asynccontextmanager
async def under_test(service: Service, private_key: str) -> AsyncIterator[ServiceUnderTest]:
    """The service with its resources open; ``private_key`` fits its ``actor_public_key``."""
    tested = ServiceUnderTest(service, ActorSigner(private_key))
    async with AsyncExitStack() as stack:
        if service.open_resources is not None:
            opened = await stack.enter_async_context(service.open_resources(tested.runtime))
            tested.runtime.resources = tested.app.state.resources = opened
            tested.runtime.jobs.resources = opened
        yield tested
        await tested.http.aclose()
        await tested.runtime.jobs.stop()
        await tested.database.close()


def an_actor(name: str = "somebody") -> Actor:
    """An account that never acted before."""
    ids = RandomIds()
    return Actor(account_id=ids.new(), agent_id=ids.new(), display_name=name)
