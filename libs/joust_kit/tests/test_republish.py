"""Aggregates told anew: each once, in pages, in order with live changes, and never faster than the relay."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from sqlmodel import Field, SQLModel

from joust_contracts.events import TaskPublished
from joust_kit.messaging import republish as anew
from joust_kit.messaging.republish import Aggregate, RelayStalled, aggregate, republish
from joust_kit.service import Runtime
from libs.joust_kit.tests.conftest import TABLES, Kit
from libs.joust_kit.tests.samples import a_task_published
from libs.joust_kit.tests.test_relay import listening


class Base(SQLModel, registry=TABLES.registry):
    """A table of the service under test."""


class Thing(Base, table=True):
    """An aggregate of the service under test."""

    __tablename__ = "things"

    id: UUID = Field(primary_key=True)
    version: int


def tell(thing: Thing) -> TaskPublished:
    return a_task_published(thing.id, thing.version)


THINGS: Aggregate = aggregate(Thing, TaskPublished, tell)


@pytest.fixture
async def runtime(kit: Kit) -> AsyncIterator[Runtime]:
    """A service whose relay does not run; its things are gone after the test."""
    runtime = await kit.open(run=False)
    table = Thing.__table__  # type: ignore[attr-defined]
    async with runtime.database.engine.begin() as connection:
        await connection.run_sync(lambda sync: table.create(sync, checkfirst=True))
        await connection.execute(text(f"TRUNCATE {table.fullname}, {TABLES.outbox.fullname}"))
    yield runtime
    async with runtime.database.engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {table.fullname}, {TABLES.outbox.fullname}"))


async def make_things(runtime: Runtime, count: int, version: int = 1) -> list[UUID]:
    ids = [uuid4() for _ in range(count)]
    async with runtime.database.transaction() as unit:
        unit.session.add_all(Thing(id=id, version=version) for id in ids)
    return ids


async def waiting(runtime: Runtime) -> int:
    async with runtime.database.reading() as session:
        return int(await session.scalar(select(func.count()).select_from(TABLES.outbox)) or 0)


@pytest.mark.parametrize("count", [0, 1, 5, 10, 11])
async def test_each_aggregate_is_told_once_whatever_the_size_of_a_page(runtime: Runtime, count: int) -> None:
    await make_things(runtime, count)
    seen: list[int] = []
    told = await republish(runtime.database, [THINGS], lambda _kind, done: seen.append(done), batch_size=5)
    assert (told, await waiting(runtime)) == (count, count)
    assert seen[-1] == count


async def test_a_change_that_is_under_way_is_told_before_the_snapshot_which_then_shows_it(
    kit: Kit, runtime: Runtime
) -> None:
    (thing,) = await make_things(runtime, 1)
    async with listening(kit) as listener:
        async with runtime.database.transaction() as unit:
            changed = await unit.session.get_one(Thing, thing, with_for_update=True)
            changed.version = 2
            unit.emit(a_task_published(thing, 2))
            telling = asyncio.create_task(republish(runtime.database, [THINGS]))
            await waits_for_a_lock(runtime)
        await telling
        await kit.open()
        assert await listener.versions([thing], 2) == {thing: [2, 2]}


async def waits_for_a_lock(runtime: Runtime) -> None:
    blocked = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(10), runtime.database.reading() as session:
        while not await session.scalar(blocked):
            await asyncio.sleep(0.02)


async def test_without_a_relay_it_stops_with_what_to_do_before_the_outbox_is_flooded(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anew, "_MAX_WAITING", 8)
    monkeypatch.setattr(anew, "_STALLED_SECONDS", 0.3)
    await make_things(runtime, 50)
    with pytest.raises(RelayStalled, match="is the service running"):
        await republish(runtime.database, [THINGS], batch_size=5)
    assert await waiting(runtime) == 10
