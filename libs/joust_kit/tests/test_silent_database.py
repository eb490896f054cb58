"""A database behind a line that goes wrong: every wait ends, nothing is left over, work goes on by itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import pytest
from sqlalchemy import func, make_url, select, text

from joust_kit.database.database import Database
from joust_kit.database.failures import is_too_slow, is_unavailable
from joust_kit.service import Runtime
from joust_kit.settings import ServiceSettings
from libs.joust_kit.tests.conftest import TABLES, Kit, eventually
from libs.joust_kit.tests.samples import a_task_published
from tests.support.fault_proxy import Direction, FaultProxy, fault_proxy

LIMIT_SECONDS = 2.0
LIMITS = (
    "database_pool_timeout_seconds",
    "database_connect_timeout_seconds",
    "database_statement_timeout_seconds",
)
AS_BY_DEFAULT = {name: ServiceSettings.model_fields[name].default for name in LIMITS}
Work = Callable[[Database], Awaitable[None]]


@pytest.fixture
async def proxy(schema_url: str) -> AsyncIterator[FaultProxy]:
    url = make_url(schema_url)
    async with fault_proxy(str(url.host), url.port or 5432) as running:
        yield running


def through(proxy: FaultProxy, url: str) -> str:
    """The database's URL with the proxy in its place."""
    via = make_url(url).set(host="127.0.0.1", port=proxy.port)
    return via.render_as_string(hide_password=False)


@pytest.fixture
async def database(kit: Kit, proxy: FaultProxy) -> Database:
    """Seen through the proxy, with a few connections open already."""
    url = through(proxy, kit.url)
    runtime: Runtime = await kit.open(run=False, database_url=url, database_pool_size=4, **AS_BY_DEFAULT)
    await asyncio.gather(*(runtime.database.ping() for _ in range(4)))
    return runtime.database


async def read(database: Database) -> None:
    await database.ping()


async def write(database: Database) -> None:
    async with database.transaction() as unit:
        unit.emit_raw("joust.none", uuid4(), {}, b"")
        await unit.flush()
        raise ZeroDivisionError  # the row is for nobody


async def is_refused_in_time(database: Database, work: Work) -> None:
    began = time.monotonic()
    with pytest.raises(Exception) as raised:  # noqa: PT011 - which one is checked below
        await work(database)
    assert is_unavailable(raised.value), repr(raised.value)
    assert time.monotonic() - began < LIMIT_SECONDS


@pytest.mark.parametrize("work", [read, write])
async def test_in_a_black_hole_all_who_ask_are_refused_in_time(
    database: Database, proxy: FaultProxy, work: Work
) -> None:
    with proxy.black_hole():
        for _ in range(2):  # first on connections that are open, then on new ones
            await asyncio.gather(*(is_refused_in_time(database, work) for _ in range(6)))
    await answers_again(database)


async def test_a_line_that_is_lost_in_mid_transaction_holds_nobody_up(
    database: Database, proxy: FaultProxy
) -> None:
    async def half_done(database: Database) -> None:
        async with database.transaction() as unit:
            await unit.session.execute(text("SELECT 1"))
            with proxy.black_hole():
                await unit.session.execute(text("SELECT 1"))

    await is_refused_in_time(database, half_done)
    await answers_again(database)


async def test_a_commit_that_is_not_answered_is_not_taken_for_done(
    database: Database, proxy: FaultProxy
) -> None:
    async def unanswered(database: Database) -> None:
        async with database.transaction() as unit:
            await unit.session.execute(text("SELECT 1"))
            proxy.reset_connections()

    await is_refused_in_time(database, unanswered)
    await answers_again(database)


async def test_while_the_line_is_cut_all_are_refused_in_time(database: Database, proxy: FaultProxy) -> None:
    async with proxy.cut():
        await asyncio.gather(*(is_refused_in_time(database, read) for _ in range(6)))
    await answers_again(database)


async def test_a_statement_that_is_too_slow_costs_no_connection(
    database: Database, proxy: FaultProxy
) -> None:
    async def slow(database: Database) -> None:
        async with database.reading() as session:
            await session.execute(text("SELECT pg_sleep(20)"))

    before = proxy.accepted
    began = time.monotonic()
    with pytest.raises(Exception) as raised:  # noqa: PT011 - which one is checked below
        await slow(database)
    assert is_too_slow(raised.value)
    assert is_unavailable(raised.value)
    assert time.monotonic() - began < LIMIT_SECONDS
    await read(database)
    assert proxy.accepted == before


async def test_a_slow_line_is_waited_for(database: Database, proxy: FaultProxy) -> None:
    with proxy.delay(Direction.UP, 200), proxy.delay(Direction.DOWN, 200):
        await read(database)


async def test_a_relay_that_lost_its_line_takes_up_its_work_again(kit: Kit, proxy: FaultProxy) -> None:
    runtime: Runtime = await kit.open(database_url=through(proxy, kit.url), **AS_BY_DEFAULT)
    await tell_and_wait(runtime)
    with proxy.black_hole():
        await is_refused_in_time(runtime.database, read)
        before = proxy.accepted
        await eventually(came_again(proxy, before + 2), seconds=30)
    await answers_again(runtime.database)
    await tell_and_wait(runtime)


async def tell_and_wait(runtime: Runtime) -> None:
    async with runtime.database.transaction() as unit:
        unit.emit(a_task_published())

    async def is_empty() -> bool:
        async with runtime.database.reading() as session:
            return bool(await session.scalar(select(func.count()).select_from(TABLES.outbox)) == 0)

    await eventually(is_empty, seconds=30)


def came_again(proxy: FaultProxy, count: int) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return proxy.accepted >= count

    return check


async def answers_again(database: Database) -> None:
    """Soon all is as before, and no connection is missing from the pool."""

    async def answers() -> bool:
        try:
            await database.ping()
        except Exception as error:
            if not is_unavailable(error):
                raise
            return False
        return True

    await eventually(answers)

    async def none_taken() -> bool:
        return bool(database.engine.pool.checkedout() == 0)  # type: ignore[attr-defined]

    await eventually(none_taken)
