"""Durable jobs: they exist with their cause, are tried again, and are kept when they are given up."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select, text

from joust_contracts.base import Command
from joust_kit.dead_jobs import DeadJob, read_dead_jobs, retry
from joust_kit.jobs import Job, JobContext, job
from joust_kit.service import Runtime
from libs.joust_kit.tests.conftest import TABLES, Kit, eventually


class Note(Command):
    """What a job of these tests gets."""

    id: UUID


class Desk:
    """Makes a job of its own queue and records its runs."""

    def __init__(self, *, failures: int = 0, max_attempts: int = 5) -> None:
        self.runs: list[tuple[UUID, int]] = []
        self.failures = failures
        self.job: Job[Note] = job(
            Note, queue=f"desk_{uuid4().hex[:8]}", max_attempts=max_attempts, first_delay_seconds=0.05
        )(self._run)

    async def _run(self, body: Note, context: JobContext) -> None:
        self.runs.append((body.id, context.attempt))
        if len(self.runs) <= self.failures:
            raise RuntimeError("not yet")


async def test_a_job_runs_after_the_commit_of_its_cause(kit: Kit) -> None:
    desk = Desk()
    runtime = await kit.open(jobs=[desk.job])
    note = Note(id=uuid4())
    async with runtime.database.transaction() as unit:
        await unit.schedule(desk.job, note)

    async def ran() -> bool:
        return desk.runs == [(note.id, 1)]

    await eventually(ran)


async def test_a_job_whose_cause_was_rolled_back_never_runs(kit: Kit) -> None:
    desk = Desk()
    runtime = await kit.open(jobs=[desk.job])
    undone, done = Note(id=uuid4()), Note(id=uuid4())
    try:
        async with runtime.database.transaction() as unit:
            await unit.schedule(desk.job, undone)
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    async with runtime.database.transaction() as unit:
        await unit.schedule(desk.job, done)

    async def ran() -> bool:
        return bool(desk.runs)

    await eventually(ran)
    assert [id for id, _ in desk.runs] == [done.id]


async def test_a_job_that_fails_is_tried_again_with_a_rising_attempt(kit: Kit) -> None:
    desk = Desk(failures=2)
    runtime = await kit.open(jobs=[desk.job])
    note = Note(id=uuid4())
    async with runtime.database.transaction() as unit:
        await unit.schedule(desk.job, note)

    async def done() -> bool:
        return len(desk.runs) == 3

    await eventually(done)
    assert [attempt for _, attempt in desk.runs] == [1, 2, 3]


async def test_a_job_after_all_connections_were_ended_waits_for_no_lease(kit: Kit) -> None:
    """What says that it is done, and what says that it failed, finds a connection that is gone."""
    desk = Desk()
    runtime = await kit.open(jobs=[desk.job])
    connections = (
        "FROM pg_stat_activity WHERE application_name = 'joust-jobs' AND datname = current_database()"
    )

    async def both_are_open() -> bool:
        async with runtime.database.reading() as session:
            opened = await session.scalar(text(f"SELECT count(*) {connections}"))
        return bool(opened >= 2)

    async with runtime.database.transaction() as unit:
        await unit.schedule(desk.job, Note(id=uuid4()))
    await eventually(lambda: is_over(runtime, desk))
    for failures in (0, 1):
        await eventually(both_are_open)
        desk.runs.clear()
        desk.failures = failures
        async with runtime.database.transaction() as unit:
            await unit.session.execute(text(f"SELECT pg_terminate_backend(pid) {connections}"))
            await unit.schedule(desk.job, Note(id=uuid4()))
        await eventually(lambda: is_over(runtime, desk), seconds=desk.job.lease_seconds / 2)
        assert [attempt for _, attempt in desk.runs] == [1, 2][: failures + 1]


async def is_over(runtime: Runtime, desk: Desk) -> bool:
    """Whether no job of the desk is left."""
    async with runtime.database.reading() as session:
        left = select(func.count()).where(TABLES.jobs.c.queue == desk.job.queue)
        return not await session.scalar(left)


async def test_a_job_that_would_have_its_lease_for_long_renews_a_short_one_if_so_set(kit: Kit) -> None:
    runtime = await kit.open(jobs=[Desk().job], run=False, job_longest_lease_seconds=6)
    (queued,) = runtime.jobs.jobs
    assert (queued.lease_seconds, queued.renews_lease) == (6, True)


async def test_a_job_that_never_succeeds_is_kept_among_the_dead_ones(kit: Kit) -> None:
    desk = Desk(failures=99, max_attempts=2)
    runtime = await kit.open(jobs=[desk.job])
    async with runtime.database.transaction() as unit:
        await unit.schedule(desk.job, Note(id=uuid4()))
    dead = TABLES.dead_jobs

    async def buried() -> bool:
        async with runtime.database.reading() as session:
            mine = select(func.count()).where(dead.c.queue == desk.job.queue)
            return bool(await session.scalar(mine) == 1)

    await eventually(buried)
    assert len(desk.runs) == 2


async def test_a_dead_job_runs_again_by_command_and_is_dead_no_more(kit: Kit) -> None:
    desk = Desk(failures=1, max_attempts=1)
    runtime = await kit.open(jobs=[desk.job])
    first, second = Note(id=uuid4()), Note(id=uuid4())
    async with runtime.database.transaction() as unit:
        await unit.schedule(desk.job, first, timer_id="by its name")
    (dead,) = await dead_of(runtime, desk, count=1)
    assert (json.loads(dead.body)["id"], "not yet" in dead.error) == (str(first.id), True)
    assert await retry(runtime, [dead.id + 1]) == []
    assert await retry(runtime, [dead.id]) == [dead]

    async def ran() -> bool:
        return desk.runs == [(first.id, 1)] * 2

    await eventually(ran)
    assert await dead_of(runtime, desk, count=0) == []
    desk.failures = 99
    async with runtime.database.transaction() as unit:
        await unit.schedule(desk.job, second)
    (again,) = await dead_of(runtime, desk, count=1)
    assert json.loads(again.body)["id"] == str(second.id)


async def test_a_dead_timer_stays_dead_while_one_of_its_name_waits(kit: Kit) -> None:
    desk = Desk(failures=1, max_attempts=1)
    runtime = await kit.open(jobs=[desk.job])
    async with runtime.database.transaction() as unit:
        await unit.schedule(desk.job, Note(id=uuid4()), timer_id="by its name")
    (dead,) = await dead_of(runtime, desk, count=1)
    async with runtime.database.transaction() as unit:
        await unit.schedule(desk.job, Note(id=uuid4()), timer_id="by its name", delay=timedelta(hours=1))
    assert await retry(runtime, [dead.id]) == []
    assert await dead_of(runtime, desk, count=1) == [dead]


async def dead_of(runtime: Runtime, desk: Desk, *, count: int) -> list[DeadJob]:
    """The desk's dead jobs, once there are so many."""
    dead: list[DeadJob] = []

    async def counted() -> bool:
        dead[:] = [each for each in await read_dead_jobs(runtime) if each.queue == desk.job.queue]
        return len(dead) == count

    await eventually(counted)
    return dead


async def test_a_timer_waits_for_its_moment_can_be_cancelled_and_is_set_once(kit: Kit) -> None:
    desk = Desk()
    runtime = await kit.open(jobs=[desk.job])
    soon, cancelled = Note(id=uuid4()), Note(id=uuid4())
    async with runtime.database.transaction() as unit:
        for _ in range(2):
            await unit.schedule(desk.job, soon, delay=timedelta(seconds=0.5), timer_id="soon")
        await unit.schedule(desk.job, cancelled, delay=timedelta(seconds=0.5), timer_id="cancelled")
    async with runtime.database.transaction() as unit:
        await unit.cancel(desk.job, "cancelled")
    assert desk.runs == []

    async def ran() -> bool:
        return bool(desk.runs)

    await eventually(ran)
    assert desk.runs == [(soon.id, 1)]
