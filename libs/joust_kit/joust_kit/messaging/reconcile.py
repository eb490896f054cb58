"""Compares what a service knows with what the topics hold, after its database went back to an earlier moment.

The topics, storage and the world outside did not go back with it. So there is what the service told and has
forgotten, what it had heard and has no mark of any more, and what each service compares by itself
(``Service.comparisons``). Nothing is changed: whoever runs it decides.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import inspect, select

from joust_contracts.events import Event, EventData
from joust_kit.messaging.bus import Place
from joust_kit.messaging.envelope import Message, UnreadableEvent, decode
from joust_kit.messaging.inbox import message_id
from joust_kit.messaging.republish import Aggregate

if TYPE_CHECKING:
    from joust_kit.service import Runtime

_AT_ONCE = 500


@dataclass(frozen=True)
class Difference:
    """Something that two sides know differently."""

    kind: str
    """``forgotten`` (told, and not known any more), ``unheard`` (heard, and not known any more), or the name
    of what a service compares by itself."""
    subject: str
    detail: str


Comparison = Callable[["Runtime", datetime], Awaitable[Sequence[Difference]]]
"""What a service compares beside its topics, of what happened since a moment."""


async def reconcile(runtime: "Runtime", since: datetime) -> list[Difference]:
    """All differences in what happened since a moment, which is best a little before that of the backup."""
    found = [each async for each in _forgotten(runtime, since)]
    found += [each async for each in _unheard(runtime, since)]
    for compare in runtime.service.comparisons:
        found += await compare(runtime, since)
    return found


async def _forgotten(runtime: "Runtime", since: datetime) -> AsyncIterator[Difference]:
    """Aggregates that were told at a newer version than the service has."""
    told: dict[type, dict[UUID, Event[EventData]]] = defaultdict(dict)
    async for message in _messages(runtime, [runtime.service.name.topic]):
        event = _read(message)
        if event is None or event.time < since:
            continue
        newest = told[_family(type(event.data))]
        if event.subject not in newest or newest[event.subject].aggregate_version < event.aggregate_version:
            newest[event.subject] = event
    for aggregate in runtime.service.aggregates:
        events = told.get(_family(aggregate.event), {})
        for ids in _batches(events):
            known = await _versions(runtime, aggregate, [events[id] for id in ids])
            for id in ids:
                version, event = known.get(id), events[id]
                if version is None or version < event.aggregate_version:
                    here = "not here" if version is None else f"here at {version}"
                    detail = f"told as {event.type} at {event.aggregate_version}, {here}"
                    yield Difference("forgotten", str(id), detail)


async def _versions(
    runtime: "Runtime", aggregate: Aggregate, events: Iterable[Event[EventData]]
) -> dict[UUID, int]:
    """Of the aggregates of some events, as they are now."""
    (key,) = inspect(aggregate.model).primary_key
    # A row has the id of its aggregate, or of the task that has one of these.
    ids = {id for event in events for id in (event.subject, event.ordering_key)}
    async with runtime.database.reading() as session:
        rows = (await session.scalars(select(aggregate.model).where(key.in_(ids)))).all()
        described = await aggregate.describe(session, rows)
    return {data.aggregate_id: data.aggregate_version for data in described}


async def _unheard(runtime: "Runtime", since: datetime) -> AsyncIterator[Difference]:
    """Events that the service had handled, by its offsets, and has neither marked nor set aside."""
    subscriptions = runtime.service.subscriptions
    if not subscriptions.topics:
        return
    committed = await runtime.bus.committed(subscriptions.group)
    heard: dict[UUID, Message] = {}
    async for message in _messages(runtime, subscriptions.topics):
        place = message.topic, message.partition
        if subscriptions.wants(message.wire_type) and message.offset < committed.get(place, 0):
            event = _read(message)
            if event is not None and event.time >= since:
                heard[message_id(message)] = message
    for ids in _batches(heard):
        known = await _marked(runtime, ids)
        for id in ids:
            if id not in known:
                message = heard[id]
                subject, version = message.headers["ce_subject"], message.headers["ce_aggregateversion"]
                yield Difference("unheard", str(id), f"{message.wire_type} of {subject} at {version}")


async def _marked(runtime: "Runtime", ids: Iterable[UUID]) -> set[UUID]:
    tables = runtime.database.tables
    async with runtime.database.reading() as session:
        known: set[UUID] = set()
        for table in (tables.inbox, tables.retries):
            known |= set(await session.scalars(select(table.c.event_id).where(table.c.event_id.in_(ids))))
    return known


async def _messages(runtime: "Runtime", topics: Sequence[str]) -> AsyncIterator[Message]:
    ends: dict[Place, int] = await runtime.bus.ends(topics)
    for place, end in ends.items():
        async for message in runtime.bus.history(place, 0, end):
            yield message


def _batches(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    chosen = list(ids)
    for start in range(0, len(chosen), _AT_ONCE):
        yield chosen[start : start + _AT_ONCE]


def _read(message: Message) -> Event[EventData] | None:
    try:
        return decode(message)
    except UnreadableEvent:
        return None  # it was given up when it came


def _family(event: type[EventData]) -> type:
    """What all events about one kind of aggregate have in common."""
    return event.__mro__[1]
