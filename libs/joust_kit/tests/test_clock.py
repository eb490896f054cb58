"""Time is the database's, wherever the clock of the process stands."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import text

from joust_contracts.base import Command, UtcDatetime
from joust_kit.clock import DatabaseClock, ToldClock
from joust_kit.database.database import Database
from joust_kit.jobs import JobContext, job
from libs.joust_kit.tests.conftest import Kit, eventually


class Due(Command):
    """When a timer was due."""

    at: UtcDatetime


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
A_LITTLE = timedelta(seconds=5)
"""More than a busy machine takes for a statement, less than any shift here."""
SHIFTS = [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1)]


async def time_of(database: Database) -> datetime:
    async with database.reading() as session:
        moment: datetime = (await session.scalars(text("SELECT clock_timestamp()"))).one()
        return moment


@pytest.mark.parametrize("shift", SHIFTS, ids=str)
async def test_a_transaction_has_the_time_of_the_database(kit: Kit, shift: timedelta) -> None:
    with time_machine.travel(datetime.now(UTC) + shift, tick=True):
        database = (await kit.open(run=False)).database
        async with database.transaction() as unit:
            assert abs(unit.now - await time_of(database)) < A_LITTLE


async def test_a_clock_that_is_frozen_or_set_back_meanwhile_changes_nothing(kit: Kit) -> None:
    database = (await kit.open(run=False)).database
    began = await time_of(database)
    with time_machine.travel(began - timedelta(hours=1), tick=False):
        first = database.clock.now()
        await asyncio.sleep(0.02)
        assert began - A_LITTLE < first < database.clock.now() < began + A_LITTLE


async def test_a_running_service_looks_before_anybody_asks_for_the_time(kit: Kit) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1), tick=True):
        database = (await kit.open()).database
        async with asyncio.timeout(15):
            while not database.server_clock.was_seen:
                await asyncio.sleep(0.01)
        assert abs(database.clock.now() - await time_of(database)) < A_LITTLE


@pytest.mark.parametrize("shift", SHIFTS, ids=str)
async def test_a_timer_runs_at_the_databases_hour_and_knows_that_it_is_due(
    kit: Kit, shift: timedelta
) -> None:
    early: list[timedelta] = []

    async def look_at_the_clock(body: Due, context: JobContext) -> None:
        async with context.database.transaction() as unit:
            early.append(body.at - unit.now)

    timer = job(Due, queue=f"due_{uuid4().hex[:8]}")(look_at_the_clock)
    with time_machine.travel(datetime.now(UTC) + shift, tick=True):
        runtime = await kit.open(jobs=[timer])
        at = await time_of(runtime.database) + timedelta(seconds=0.5)
        async with runtime.database.transaction() as unit:
            await unit.schedule(timer, Due(at=at), at=at)

        async def ran() -> bool:
            return bool(early)

        await eventually(ran)
    assert -2 * A_LITTLE < early[0] <= timedelta()


async def test_the_quickest_of_some_slow_looks_counts() -> None:
    waits = [0.09, 0.03, 0.06]
    answers = iter([NOON, NOON + timedelta(hours=1), NOON + timedelta(hours=2)])

    async def ask() -> datetime:
        await asyncio.sleep(waits.pop(0))
        return next(answers)

    clock = DatabaseClock(ask)
    await clock.look()
    assert waits == []
    assert NOON + timedelta(hours=1) < clock.now() < NOON + timedelta(hours=1, seconds=5)


async def test_a_timer_that_came_is_never_too_early() -> None:
    async def ask() -> datetime:
        return NOON

    clock = DatabaseClock(ask)
    await clock.look()
    clock.has_reached(NOON + timedelta(hours=1))
    assert clock.now() >= NOON + timedelta(hours=1)
    clock.has_reached(NOON)
    assert clock.now() >= NOON + timedelta(hours=1)
    await clock.look()
    assert clock.now() < NOON + A_LITTLE, "the database has the last word"


async def test_a_timer_that_came_during_a_look_is_not_too_early_after_it() -> None:
    async def ask() -> datetime:
        clock.has_reached(NOON + timedelta(milliseconds=500))
        return NOON

    clock = DatabaseClock(ask)
    await clock.look()
    assert clock.now() >= NOON + timedelta(milliseconds=500)


async def test_a_database_that_does_not_answer_leaves_the_time_as_it_goes() -> None:
    answers = [NOON]

    async def ask() -> datetime:
        return answers.pop()

    clock = DatabaseClock(ask)
    await clock.look()
    with pytest.raises(IndexError):
        await clock.look()
    assert NOON <= clock.now() < NOON + A_LITTLE


def test_a_server_is_believed_about_its_own_time() -> None:
    clock = ToldClock()
    clock.hear("Thu, 01 Jan 2026 12:00:00 GMT")
    assert NOON <= clock.now() < NOON + A_LITTLE


@pytest.mark.parametrize("date", [None, "", "yesterday", "Thu, 01 Jan 2026 12:00:00"])
def test_a_server_that_does_not_say_what_time_it_is_leaves_the_machines(date: str | None) -> None:
    clock = ToldClock()
    clock.hear(date)
    assert abs(clock.now() - datetime.now(UTC)) < A_LITTLE
