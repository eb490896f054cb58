"""How many jobs a process has in hand, in which order they run, and when the row of one that is done goes."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from faststream_outbox.message import OutboxInnerMessage
from sqlalchemy import event, func, select, update

from joust_contracts.base import Command
from joust_kit.job_rows import JobRows
from joust_kit.job_workers import InHand, jobs_ahead
from joust_kit.jobs import Job, JobContext, job
from joust_kit.service import Runtime
from libs.joust_kit.tests.conftest import TABLES, Kit, eventually

WORKERS = 2


class Errand(Command):
    """What a job of these tests gets."""

    number: int = 0


class Crew:
    """A job of its own queue whose runs wait until they may go on; records what ran."""

    def __init__(self, *, workers: int = WORKERS) -> None:
        self.ran: list[int] = []
        self.may_end = asyncio.Event()
        self.job: Job[Errand] = job(Errand, queue=f"crew_{uuid4().hex[:8]}", max_workers=workers)(self._run)

    async def _run(self, body: Errand, context: JobContext) -> None:
        self.ran.append(body.number)
        await self.work(body, context)

    async def work(self, body: Errand, context: JobContext) -> None:
        """Another work may stand here."""
        await self.may_end.wait()

    async def have_run(self, *numbers: int) -> None:
        """Wait until these have begun, in this order."""

        async def began() -> bool:
            return self.ran == list(numbers)

        await eventually(began)

    async def leased(self, runtime: Runtime) -> int:
        """How many of its rows somebody has."""
        mine = TABLES.jobs.c.queue == self.job.queue, TABLES.jobs.c.acquired_token.is_not(None)
        async with runtime.database.reading() as session:
            return int(await session.scalar(select(func.count()).where(*mine)) or 0)

    async def left(self, runtime: Runtime) -> int:
        """How many rows it has."""
        async with runtime.database.reading() as session:
            mine = TABLES.jobs.c.queue == self.job.queue
            return int(await session.scalar(select(func.count()).where(mine)) or 0)

    async def is_over(self, runtime: Runtime) -> None:
        """Wait until no row is left."""

        async def over() -> bool:
            return await self.left(runtime) == 0

        await eventually(over)


class TestHowManyAreInHand:
    @pytest.mark.parametrize(
        ("job_seconds", "ahead"),
        [(10, 0), (1, 0), (0.03, 0), (0.02, 1), (0.005, 4), (0.0001, 32), (0, 32)],
    )
    def test_as_many_as_end_while_others_are_fetched_and_none_for_slow_work(
        self, job_seconds: float, ahead: int
    ) -> None:
        assert jobs_ahead(job_seconds=job_seconds, fetch_seconds=0.0025, workers=8) == ahead

    def test_one_slow_job_ends_the_taking_ahead(self) -> None:
        in_hand = InHand(8, lambda: None)
        taken = row(1)
        taken.claimed_at_monotonic -= 0.003
        in_hand.put_nowait(taken)
        for _ in range(50):
            in_hand.has_run(0)
        assert in_hand.maxsize == 32
        in_hand.has_run(5)
        assert in_hand.maxsize == 0

    async def test_slow_jobs_are_taken_when_a_worker_is_free_and_not_before(self, kit: Kit) -> None:
        crew = Crew()
        runtime = await kit.open(jobs=[crew.job])
        async with runtime.database.transaction() as unit:
            await unit.schedule_all(crew.job, [Errand(number=number) for number in range(5)])
        await crew.have_run(0, 1)
        # A worker of another process that is free has the rest.
        other = await kit.open(jobs=[crew.job])
        await crew.have_run(0, 1, 2, 3)
        assert await crew.leased(other) == 2 * WORKERS
        crew.may_end.set()
        await crew.is_over(runtime)
        assert sorted(crew.ran) == list(range(5))

    async def test_quick_jobs_are_taken_ahead_within_a_bound(self, kit: Kit) -> None:
        crew, held = Crew(), []
        runtime = await kit.open(jobs=[crew.job], run=False)

        async def count_now_and_then(body: Errand, _context: JobContext) -> None:
            if body.number % 25 == 0:
                held.append(await crew.leased(runtime))

        crew.work = count_now_and_then  # type: ignore[method-assign]
        async with runtime.database.transaction() as unit:
            await unit.schedule_all(crew.job, [Errand(number=number) for number in range(500)])
        working = await kit.open(jobs=[crew.job])
        await crew.is_over(working)
        assert sorted(crew.ran) == list(range(500))
        # Those that run, four times as many that wait, and four times as many whose rows are about to go.
        assert max(held) <= 9 * WORKERS


class TestWhoIsFirst:
    async def test_what_was_due_first_runs_first_also_before_what_was_taken_earlier(self) -> None:
        in_hand = InHand(2, lambda: None)
        for id, seconds in ((1, 20), (2, 10), (3, 10), (4, 0)):
            in_hand.put_nowait(row(id, due=timedelta(seconds=seconds)))
        assert [(await in_hand.get()).id for _ in range(4)] == [4, 2, 3, 1]

    async def test_between_two_jobs_that_wait_for_nothing_everything_else_has_a_turn(self) -> None:
        in_hand, happened = InHand(8, lambda: None), list[str]()
        for id in range(80):
            in_hand.put_nowait(row(id))

        async def work() -> None:
            for _ in range(10):
                await in_hand.get()
                happened.append("job")

        async def something_else() -> None:
            while happened.count("job") < 80:
                happened.append("turn")
                await asyncio.sleep(0)

        async with asyncio.timeout(10):
            await asyncio.gather(something_else(), *(work() for _ in range(8)))
        assert ("job", "job") not in pairwise(happened)

    async def test_a_job_that_comes_beside_a_backlog_is_the_next(self, kit: Kit) -> None:
        crew = Crew(workers=1)
        runtime = await kit.open(jobs=[crew.job])
        async with runtime.database.transaction() as unit:
            await unit.schedule_all(crew.job, [Errand(number=number) for number in range(10)])
        await crew.have_run(0)
        async with runtime.database.transaction() as unit:
            await unit.schedule(crew.job, Errand(number=99), delay=timedelta(days=-1))
        crew.may_end.set()
        await crew.is_over(runtime)
        assert crew.ran == [0, 99, *range(1, 10)]


class TestWhenARowGoes:
    async def test_what_ends_at_the_same_time_goes_by_one_statement_and_each_learns_of_its_own_lease(
        self, kit: Kit
    ) -> None:
        rows, taken = await taken_by(kit, 4)
        statements: list[str] = []

        @event.listens_for(rows.engine.sync_engine, "before_cursor_execute")
        def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
            statements.append(statement.split(maxsplit=1)[0])

        leases = [(each.id, token_of(each)) for each in taken]
        lost = (leases[2][0], uuid4())
        told = await asyncio.gather(
            *(rows.delete_with_lease(None, *lease) for lease in [*leases[:2], lost, leases[3]])
        )
        assert (told, statements) == ([True, True, False, True], ["DELETE"])
        assert await rows.delete_with_lease(None, *leases[2])
        assert not await rows.delete_with_lease(None, *leases[2])

    async def test_a_row_that_can_not_be_deleted_now_is_deleted_later(
        self, kit: Kit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rows, (first, second) = await taken_by(kit, 2)
        write, failures = rows._write_once, 3

        async def fails_at_first(*args: Any) -> Any:
            nonlocal failures
            failures -= 1
            if failures >= 0:
                raise ConnectionError
            return await write(*args)

        monkeypatch.setattr(rows, "_write_once", fails_at_first)
        told: list[bool] = []
        rows.delete_soon(first.id, token_of(first), told.append)
        assert await rows.delete_with_lease(None, second.id, token_of(second))
        assert (told, failures) == ([True], -1)

    async def test_the_row_of_a_timer_is_gone_before_its_worker_begins_the_next_job(
        self, kit: Kit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        crew = Crew(workers=1)
        runtime = await kit.open(jobs=[crew.job], run=False)

        async def set_again(body: Errand, context: JobContext) -> None:
            if body.number == 1:
                async with context.database.transaction() as unit:
                    await unit.schedule(crew.job, Errand(number=2), timer_id="by its name")

        crew.work = set_again  # type: ignore[method-assign]
        async with runtime.database.transaction() as unit:
            await unit.schedule(crew.job, Errand(), timer_id="by its name")
            await unit.schedule(crew.job, Errand(number=1))
        working = await kit.open(jobs=[crew.job])
        rows: Any = working.jobs.broker.config.broker_config.client
        write = rows._write_once

        async def takes_its_time(*args: Any) -> Any:
            await asyncio.sleep(0.3)
            return await write(*args)

        monkeypatch.setattr(rows, "_write_once", takes_its_time)
        await crew.have_run(0, 1, 2)
        await crew.is_over(working)

    async def test_a_job_whose_worker_died_before_its_row_went_runs_again_and_is_left_to_who_has_it(
        self, kit: Kit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        crew = Crew()
        crew.may_end.set()
        dying = await kit.open(jobs=[crew.job])
        rows: Any = dying.jobs.broker.config.broker_config.client
        write, asked, may_write = rows._write_once, asyncio.Event(), asyncio.Event()

        async def waits(*args: Any) -> Any:
            asked.set()
            await may_write.wait()
            return await write(*args)

        monkeypatch.setattr(rows, "_write_once", waits)
        async with dying.database.transaction() as unit:
            await unit.schedule(crew.job, Errand())
        async with asyncio.timeout(10):
            await asked.wait()
        crew.may_end.clear()
        another = await kit.open(jobs=[crew.job])
        async with another.database.transaction() as unit:
            mine = TABLES.jobs.c.queue == crew.job.queue
            await unit.session.execute(
                update(TABLES.jobs).where(mine).values(acquired_at=func.now() - timedelta(hours=1))
            )
        await crew.have_run(0, 0)
        may_write.set()
        await eventually(lambda: written(rows))
        assert await crew.left(another) == 1
        crew.may_end.set()
        await crew.is_over(another)


async def written(rows: Any) -> bool:
    """Whether nothing that is done is still to be removed."""
    return not rows._done and rows._removing is None


async def taken_by(kit: Kit, count: int) -> tuple[JobRows, list[OutboxInnerMessage]]:
    """So many jobs under leases that nobody works on."""
    runtime = await kit.open(jobs=[Crew().job], run=False)
    rows, queue = runtime.jobs.broker.config.broker_config.client, f"many_{uuid4().hex[:8]}"
    assert isinstance(rows, JobRows)
    async with rows.engine.begin() as connection:
        for _ in range(count):
            await rows.insert(connection, queue=queue, payload=b"{}", headers=None)
    async with rows.engine.connect() as connection:
        worker = await connection.execution_options(isolation_level="AUTOCOMMIT")
        return rows, await rows.fetch(worker, [queue], limit=count, lease_ttl_seconds=30)


def token_of(row: OutboxInnerMessage) -> UUID:
    """Of its lease."""
    assert row.acquired_token is not None
    return row.acquired_token


def row(id: int, *, due: timedelta = timedelta()) -> OutboxInnerMessage:
    """One that was taken just now."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return OutboxInnerMessage(
        id=id,
        queue="any",
        payload=b"{}",
        headers=None,
        attempts_count=0,
        deliveries_count=1,
        created_at=moment,
        next_attempt_at=moment + due,
        first_attempt_at=None,
        last_attempt_at=None,
        acquired_at=moment,
        acquired_token=uuid4(),
    )
