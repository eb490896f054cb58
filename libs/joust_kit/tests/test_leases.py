"""Long work under a short lease: renewed while its worker lives, given up when it is another's."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from joust_contracts.base import Command
from joust_kit.jobs import Job, JobContext, job
from joust_kit.leases import LeaseLost, run_leased
from joust_kit.service import Runtime
from libs.joust_kit.tests.conftest import TABLES, Kit, eventually

LEASE_SECONDS = 0.9


class Errand(Command):
    """What a job of these tests gets."""

    id: UUID


class Slow:
    """A job of its own queue that takes as long as a test wants; records how its runs ended."""

    def __init__(self) -> None:
        self.began: list[UUID] = []
        self.ended: list[str] = []
        self.may_end = asyncio.Event()
        self.job: Job[Errand] = job(
            Errand, queue=f"slow_{uuid4().hex[:8]}", lease_seconds=LEASE_SECONDS, renews_lease=True
        )(self._run)

    async def _run(self, body: Errand, _context: JobContext) -> None:
        self.began.append(body.id)
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        self.ended.append("done")


async def started(kit: Kit, slow: Slow) -> Runtime:
    """The runtime whose worker has begun."""
    runtime: Runtime = await kit.open(jobs=[slow.job])
    async with runtime.database.transaction() as unit:
        await unit.schedule(slow.job, Errand(id=uuid4()))

    async def began() -> bool:
        return bool(slow.began)

    await eventually(began)
    return runtime


async def test_work_that_takes_many_leases_is_done_once(kit: Kit) -> None:
    slow = Slow()
    first = await started(kit, slow)
    # A second worker, which asks for work all the time.
    await kit.open(jobs=[slow.job])
    renewed_since_begin = select(
        func.extract("epoch", TABLES.jobs.c.acquired_at - TABLES.jobs.c.created_at)
    ).where(TABLES.jobs.c.queue == slow.job.queue)

    async def five_leases_passed() -> bool:
        async with first.database.reading() as session:
            return bool((await session.scalars(renewed_since_begin)).one() > 5 * LEASE_SECONDS)

    await eventually(five_leases_passed)
    assert len(slow.began) == 1
    slow.may_end.set()

    async def done() -> bool:
        return slow.ended == ["done"]

    await eventually(done)
    assert len(slow.began) == 1


async def test_work_whose_lease_went_to_another_is_given_up(kit: Kit) -> None:
    slow = Slow()
    runtime = await started(kit, slow)
    taken = update(TABLES.jobs).where(TABLES.jobs.c.queue == slow.job.queue).values(acquired_token=uuid4())
    async with runtime.database.transaction() as unit:
        await unit.session.execute(taken)

    async def cancelled() -> bool:
        return "cancelled" in slow.ended

    await eventually(cancelled)
    assert "done" not in slow.ended


async def test_work_is_not_begun_without_a_lease() -> None:
    async def work() -> None:
        pytest.fail("began")

    async def renew() -> bool:
        return False

    with pytest.raises(LeaseLost):
        await run_leased(work, renew, lease_seconds=1, age_seconds=0.5)


async def test_a_fresh_lease_is_not_renewed_for_work_that_is_done_at_once() -> None:
    done = asyncio.Event()

    async def work() -> None:
        done.set()

    async def renew() -> bool:
        pytest.fail("renewed")

    await run_leased(work, renew, lease_seconds=30, age_seconds=0)
    assert done.is_set()


async def test_a_lease_that_cannot_be_renewed_for_its_length_is_lost() -> None:
    calls = 0

    async def renew() -> bool:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise ConnectionError
        return True

    async def work() -> None:
        await asyncio.Event().wait()

    with pytest.raises(LeaseLost):
        await run_leased(work, renew, lease_seconds=0.2, age_seconds=0.1)
    assert calls > 2


async def test_one_failed_renewal_is_no_loss() -> None:
    calls = 0
    go_on = asyncio.Event()

    async def renew() -> bool:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ConnectionError
        if calls > 4:
            go_on.set()
        return True

    async def work() -> None:
        await go_on.wait()

    async with asyncio.timeout(5):
        await run_leased(work, renew, lease_seconds=0.2, age_seconds=0.1)
    assert calls > 4


async def test_what_the_work_raises_comes_through() -> None:
    async def work() -> None:
        raise ZeroDivisionError

    async def renew() -> bool:
        return True

    with pytest.raises(ZeroDivisionError):
        await run_leased(work, renew, lease_seconds=1, age_seconds=0.5)
