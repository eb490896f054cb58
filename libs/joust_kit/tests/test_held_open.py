"""A transaction that stays open for long keeps dead rows in the outbox; the relay must not slow down for them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
import pytest

from joust_kit.messaging.outbox_reader import BY_INDEX, OutboxReader
from joust_kit.observability.metrics import EVENTS_RELAYED
from joust_kit.service import Runtime
from libs.joust_kit.tests.conftest import NAME, Kit, eventually
from libs.joust_kit.tests.samples import a_task_published

LEAST_RATE = 0.75
CAMPAIGN_SECONDS = 180.0


LEAVE_EVENT = (
    f"INSERT INTO {NAME}.outbox (topic, ordering_key, headers, value) VALUES ($1, uuidv7(), '{{}}', '')"
)


async def fill(runtime: Runtime, count: int) -> None:
    """So many events at once."""
    async with runtime.database.transaction() as unit:
        for _ in range(count):
            unit.emit(a_task_published())


@asynccontextmanager
async def held_open(kit: Kit) -> AsyncIterator[asyncpg.Connection]:
    """A transaction that has seen the outbox, left an event in it, and does not end."""
    connection = await asyncpg.connect(kit.url.replace("+asyncpg", ""))
    transaction = connection.transaction(isolation="repeatable_read")
    await transaction.start()
    await connection.fetch(f"SELECT count(*) FROM {NAME}.outbox")
    await connection.execute(LEAVE_EVENT, "late")
    try:
        yield connection
    finally:
        await transaction.rollback()
        await connection.close()


async def has_relayed(count: float) -> bool:
    return bool(EVENTS_RELAYED._value.get() >= count)


async def rate(runtime: Runtime, seconds: float) -> float:
    """Events a second that the relay takes to Kafka while there are always some."""
    began, before = time.monotonic(), EVENTS_RELAYED._value.get()
    told = before
    while time.monotonic() < began + seconds:
        await fill(runtime, 1000)
        told += 1000
        await eventually(partial(has_relayed, told), seconds=60)
    return (EVENTS_RELAYED._value.get() - before) / (time.monotonic() - began)


@pytest.mark.campaign
async def test_the_relay_keeps_its_rate_for_three_minutes(kit: Kit) -> None:
    runtime = await kit.open()
    await rate(runtime, 5)
    clean = await rate(runtime, 15)
    async with held_open(kit):
        await rate(runtime, CAMPAIGN_SECONDS - 15)
        late = await rate(runtime, 15)
    print(
        f"clean {clean:.0f} events/s, after {CAMPAIGN_SECONDS:.0f} s held open {late:.0f}: {late / clean:.0%}"
    )
    assert late >= LEAST_RATE * clean


@asynccontextmanager
async def connected(kit: Kit) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(kit.url.replace("+asyncpg", ""), server_settings=BY_INDEX)
    await connection.execute(f"TRUNCATE {NAME}.outbox")
    try:
        yield connection
    finally:
        await connection.execute(f"TRUNCATE {NAME}.outbox")
        await connection.close()


async def read(reader: OutboxReader, database: asyncpg.Connection) -> list[str]:
    """What is there now, taken out as the relay does; the topic serves as its name."""
    rows = await reader.read(database, 500)
    await database.execute(f"DELETE FROM {NAME}.outbox WHERE id = ANY($1)", [row.id for row in rows])
    return [row.topic for row in rows]


async def settle(reader: OutboxReader, database: asyncpg.Connection) -> None:
    """Read until the reader knows where to begin."""
    async with asyncio.timeout(10):
        while reader.position is None:
            reader._next_tick = 0
            await read(reader, database)


async def test_what_commits_late_is_read_before_what_follows_on_it(kit: Kit) -> None:
    """A later event of the same key is written only after that commit; it must not come first."""
    async with connected(kit) as database:
        reader = OutboxReader(NAME)
        await settle(reader, database)
        async with held_open(kit) as late:
            for name in ("early", "earlier still"):
                await database.execute(LEAVE_EVENT, name)
                assert await read(reader, database) == [name]
            reader._next_tick = 0
            assert await read(reader, database) == []
            assert len(reader.gaps) == 1
            await late.execute("COMMIT")
            await database.execute(LEAVE_EVENT, "follows")
            assert await read(reader, database) == ["late", "follows"]
            await late.execute("BEGIN")
        assert reader.gaps == {}


async def test_a_gap_that_nobody_will_fill_is_forgotten_once_all_that_were_open_have_ended(kit: Kit) -> None:
    async with connected(kit) as database:
        reader = OutboxReader(NAME)
        await settle(reader, database)
        async with held_open(kit):
            async with asyncio.timeout(10):
                transaction = database.transaction()
                await transaction.start()
                await database.execute(LEAVE_EVENT, "undone")
                await transaction.rollback()
            await database.execute(LEAVE_EVENT, "done")
            assert await read(reader, database) == ["done"]
            for _ in range(3):
                reader._next_tick = 0
                assert await read(reader, database) == []
            assert len(reader.gaps) == 2
        for _ in range(2):
            reader._next_tick = 0
            assert await read(reader, database) == []
        assert reader.gaps == {}


async def test_a_relay_that_begins_while_something_is_open_reads_from_the_beginning_until_it_ends(
    kit: Kit,
) -> None:
    async with connected(kit) as database:
        async with held_open(kit) as late:
            reader = OutboxReader(NAME)
            await database.execute(LEAVE_EVENT, "early")
            assert await read(reader, database) == ["early"]
            reader._next_tick = 0
            assert await read(reader, database) == []
            assert reader.position is None
            await late.execute("COMMIT")
            assert await read(reader, database) == ["late"]
            await late.execute("BEGIN")
        await database.execute(LEAVE_EVENT, "backlog")
        reader._next_tick = 0
        assert await read(reader, database) == ["backlog"]
        assert reader.position is not None


async def test_dead_rows_of_an_open_transaction_are_not_passed_over_again_and_again(kit: Kit) -> None:
    columns = "(topic, ordering_key, headers, value)"
    rows = "SELECT 'x', uuidv7(), '{}', '' FROM generate_series(1, 20000)"
    async with connected(kit) as database, held_open(kit):
        reader = OutboxReader(NAME)
        # As if it had begun before: what is open now was noticed as a gap.
        reader.position = int(await database.fetchval(reader._newest))
        await database.execute(f"INSERT INTO {NAME}.outbox {columns} {rows}")
        await database.execute(f"DELETE FROM {NAME}.outbox WHERE topic = 'x'")
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {reader.query}"
        begun = json.loads(await database.fetchval(explain, [], reader.position + 20_000, 500))
        anew = json.loads(await database.fetchval(explain, [], 0, 500))
        assert pages(begun) * 10 < pages(anew)


def pages(plan: list[dict[str, dict[str, int]]]) -> int:
    """Pages that a statement looked at."""
    return plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"]


async def test_a_row_that_the_reader_passed_over_is_found_all_the_same(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("joust_kit.messaging.outbox_reader._LOOK_BACK_SECONDS", 0.0)
    async with connected(kit) as database:
        reader = OutboxReader(NAME)
        await settle(reader, database)
        await database.execute(LEAVE_EVENT, "passed over")
        assert reader.position is not None
        reader.position += 1_000_000
        reader.gaps = {}
        assert await read(reader, database) == ["passed over"]
