"""Tells a service's aggregates again as they are now, should the topics be lost.

Each row is read under a lock and its snapshot leaves through the outbox, so it comes in order with what
happens to the aggregate meanwhile. A reader that knows the version already changes nothing: it is safe to run
this twice, and beside live traffic.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from joust_contracts.events import EventData
from joust_kit.background import Backoff
from joust_kit.database.database import Database
from joust_kit.database.failures import is_contention

M = TypeVar("M", bound=SQLModel)

_MAX_WAITING = 2_000
"""Rows in the outbox; with more, live events would wait for long behind the republished ones."""
_STALLED_SECONDS = 30.0

Describe = Callable[[AsyncSession, Sequence[M]], Awaitable[Sequence[EventData]]]
Progress = Callable[[str, int], None]


class RelayStalled(Exception):
    """Nothing leaves the outbox. What was told so far stays told; start again when the relay runs."""


@dataclass(frozen=True)
class Aggregate:
    """One kind of aggregate and the event that tells it as it is; a line in a service's ``snapshots.py``."""

    model: type[SQLModel]
    """Its table, with one UUID as primary key."""
    event: type[EventData]
    describe: Describe[Any]
    """The events of some rows, as many as are worth telling."""


def aggregate(model: type[M], event: type[EventData], tell: Callable[[M], EventData | None]) -> Aggregate:
    """An aggregate whose row holds all that its snapshot needs; ``None`` for one that is not told."""

    async def describe(_session: AsyncSession, rows: Sequence[M]) -> Sequence[EventData]:
        return [told for row in rows if (told := tell(row)) is not None]

    return Aggregate(model, event, describe)


async def republish(
    database: Database,
    aggregates: Sequence[Aggregate],
    progress: Progress = lambda _kind, _count: None,
    *,
    batch_size: int = 200,
) -> int:
    """Tell every aggregate as it is; returns the number of snapshots. Raises ``RelayStalled``.

    ``progress`` is told the wire type and how many of it were told so far. Each batch is a transaction.
    """
    total = 0
    for each in aggregates:
        told, after = 0, None
        while True:
            await _wait_for_relay(database)
            count, after = await _insist(database, each, after, batch_size)
            told += count
            progress(each.event.wire_type(), told)
            if after is None:
                break
        total += told
    return total


async def read_page(
    session: AsyncSession, model: type[M], after: UUID | None, limit: int, *, lock: bool
) -> Sequence[M]:
    """Rows of a table in the order of its UUID key, from ``after`` on; locked against changes if wanted."""
    (key,) = inspect(model).primary_key
    page = select(model).order_by(key).limit(limit)
    if after is not None:
        page = page.where(key > after)
    if lock:
        page = page.with_for_update(read=True)
    return (await session.scalars(page)).all()


async def _insist(
    database: Database, each: Aggregate, after: UUID | None, batch_size: int
) -> tuple[int, UUID | None]:
    """One batch; again if it met with a deadlock, since live traffic locks rows in its own order."""
    pauses = Backoff(0.05, 2.0)
    while True:
        try:
            return await _tell_batch(database, each, after, batch_size)
        except Exception as error:
            if not is_contention(error):
                raise
        await asyncio.sleep(pauses.next())


async def _tell_batch(
    database: Database, each: Aggregate, after: UUID | None, batch_size: int
) -> tuple[int, UUID | None]:
    async with database.transaction() as unit:
        rows = await read_page(unit.session, each.model, after, batch_size, lock=True)
        events = await each.describe(unit.session, rows)
        for event in events:
            unit.emit(event)
    if len(rows) < batch_size:
        return len(events), None
    (last,) = inspect(rows[-1]).identity
    return len(events), last


async def _wait_for_relay(database: Database) -> None:
    """Wait while the outbox is full. Raises ``RelayStalled`` if nothing leaves it."""
    outbox = database.tables.outbox
    loop = asyncio.get_running_loop()
    oldest, seen_at = None, loop.time()
    while True:
        async with database.reading() as session:
            counted = select(func.count(), func.min(outbox.c.id)).select_from(outbox)
            waiting, first = (await session.execute(counted)).one()
        if waiting <= _MAX_WAITING:
            return
        if first != oldest:
            oldest, seen_at = first, loop.time()
        elif loop.time() - seen_at > _STALLED_SECONDS:
            raise RelayStalled(
                f"{waiting} events wait in the outbox and none of them leaves it: is the service running, "
                "and Kafka? Start again then; what was told so far stays told."
            )
        await asyncio.sleep(0.1)
