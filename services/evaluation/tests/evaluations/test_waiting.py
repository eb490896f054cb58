"""Waiting for parts of ours, and the queue with its workers running."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from joust_contracts.services import ServiceName
from joust_evaluation.evaluations.rules import EvaluationStatus
from joust_kit.errors import Unavailable

COMPLETED, FAILED, QUEUED = EvaluationStatus.COMPLETED, EvaluationStatus.FAILED, EvaluationStatus.QUEUED


class TestWaiting:
    """Parts of ours that lag cost none of the judge's attempts."""

    async def test_a_submission_before_its_task_waits_and_is_judged_when_the_task_comes(
        self, bench: Any
    ) -> None:
        task = bench.a_task()
        evaluation = await bench.hand_in(task)
        waiting = await bench.run(evaluation, attempt=bench.MAX_ATTEMPTS)
        assert waiting.status is QUEUED
        assert await bench.told(evaluation) == []
        assert [body.waits for body in await bench.waiting_jobs(evaluation)] == [0, 1]
        await bench.known_task(id=task.id)
        assert (await bench.run(evaluation, waits=1)).status is COMPLETED

    async def test_a_job_that_waits_twice_comes_back_once(self, bench: Any) -> None:
        evaluation = await bench.hand_in(bench.a_task())
        await asyncio.gather(bench.run(evaluation), bench.run(evaluation))
        assert [body.waits for body in await bench.waiting_jobs(evaluation)] == [0, 1]

    async def test_storage_that_does_not_answer_is_waited_for(self, bench: Any) -> None:
        evaluation = await bench.hand_in(await bench.known_task())
        waiting = await self.run_without_storage(bench, evaluation)
        assert (waiting.status, waiting.attempt) == (QUEUED, 0)
        assert len(await bench.waiting_jobs(evaluation)) == 2

    async def test_after_an_hour_the_agent_is_told_what_was_missing(self, bench: Any) -> None:
        evaluation = await bench.hand_in(bench.a_task())
        with bench.tested.clock.ahead(timedelta(minutes=61)):
            done = await bench.run(evaluation)
        assert done.status is FAILED
        (failed,) = await bench.told(evaluation)
        assert "task of this submission is not known" in failed.reason
        assert "re-evaluation" in failed.reason

    @staticmethod
    async def run_without_storage(bench: Any, evaluation: Any) -> Any:
        class Dead:
            @asynccontextmanager
            async def open(self, _key: str) -> AsyncIterator[Any]:
                raise Unavailable
                yield

        kept = bench.tested.runtime.resources
        bench.tested.runtime.resources = replace(kept, storage=Dead())
        try:
            return await bench.run(evaluation)
        finally:
            bench.tested.runtime.resources = kept


class TestRealWorkers:
    """The queue itself, with its workers running."""

    @pytest.fixture
    async def working(self, bench: Any, open_service: Callable[..., Awaitable[Any]]) -> Any:
        """A second process of the service, whose workers run; jobs of other tests are out of their way."""
        jobs = bench.tested.database.tables.jobs
        async with bench.tested.database.transaction() as unit:
            await unit.session.execute(jobs.delete())
        other = await open_service(ServiceName.EVALUATION)
        other.runtime.jobs.resources = other.runtime.resources
        await other.runtime.jobs.start()
        yield other
        await other.runtime.jobs.stop()

    async def finished(self, bench: Any, evaluation: Any) -> Any:
        async with asyncio.timeout(20):
            while (now := await bench.read(evaluation)).finished_at is None:
                await asyncio.sleep(0.02)
        return now

    async def test_a_submission_is_judged_by_itself(self, bench: Any, working: Any) -> None:
        evaluation = await bench.hand_in(await bench.known_task())
        assert (await self.finished(bench, evaluation)).status is COMPLETED

    async def test_a_submission_before_its_task_is_judged_soon_after_the_task_comes(
        self, bench: Any, working: Any
    ) -> None:
        task = bench.a_task()
        evaluation = await bench.hand_in(task)
        async with asyncio.timeout(10):
            while [body.waits for body in await bench.waiting_jobs(evaluation)] in ([], [0]):
                await asyncio.sleep(0.02)
        await bench.known_task(id=task.id)
        assert (await self.finished(bench, evaluation)).status is COMPLETED

    async def test_a_job_of_a_worker_that_was_killed_is_taken_over_after_its_lease(
        self, bench: Any, working: Any
    ) -> None:
        jobs = bench.tested.database.tables.jobs
        await working.runtime.jobs.stop()
        evaluation = await bench.hand_in(await bench.known_task())
        async with bench.tested.database.transaction() as unit:
            leased = {
                "acquired_token": evaluation.id,
                "acquired_at": bench.tested.clock.now() - timedelta(minutes=1),
            }
            await unit.session.execute(jobs.update().values(leased))
        await working.runtime.jobs.start()
        assert (await self.finished(bench, evaluation)).status is COMPLETED
