"""The engine is killed in the middle of a run and comes back: nothing is lost, nothing is scored twice."""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from joust_contracts.events import EvaluationCompleted
from joust_contracts.vocabulary import EvalMode
from joust_evaluation.containers.choice import containers_of
from joust_evaluation.containers.engine import Engine, open_engine
from joust_evaluation.containers.errors import NoSuchThing
from joust_evaluation.containers.images import pin
from joust_evaluation.containers.leftovers import remove_all
from joust_evaluation.containers.rules import LABEL, SANDBOX_LABEL, SPARE_LABEL
from joust_evaluation.containers.running import Containers
from joust_evaluation.containers.spares import open_spares
from joust_evaluation.evaluations.jobs import evaluate_long
from joust_evaluation.evaluations.models import Evaluation
from joust_evaluation.evaluations.rules import EvaluationStatus
from joust_evaluation.sandbox.base import Limits, Program, Sandbox, SandboxFailed
from joust_evaluation.sandbox.choice import choose_sandbox
from services.evaluation.tests.sandbox.back_ends import container_settings
from tests.support.engines import SHELL, PrivateEngine, private_engine

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
async def private() -> AsyncIterator[PrivateEngine]:
    """An engine that this module may kill."""
    async with private_engine(Path(tempfile.mkdtemp(prefix="joust-engine-"))) as engine:
        await engine.provide_shell()
        yield engine


class Judging:
    """Judges and executes in an engine that may go away."""

    def __init__(self, bench: Any, engine: Engine, containers: Containers, sandbox: Sandbox) -> None:
        self.bench = bench
        self.engine = engine
        self.containers = containers
        self.sandbox = sandbox

    async def hand_in(self, seconds: int) -> Evaluation:
        """Work that is judged for so long."""
        task = await self.bench.known_task(
            eval_mode=EvalMode.CONTAINER,
            eval_image=SHELL,
            eval_image_digest=await pin(self.engine, SHELL, self.containers.policy),
            eval_memory_mb=64,
            eval_timeout_seconds=900,
        )
        evaluation: Evaluation = await self.bench.hand_in(task, {"answer.txt": f"{seconds}\n"})
        return evaluation

    async def run(self, evaluation: Evaluation, attempt: int = 1) -> Evaluation:
        """Judge it."""
        done: Evaluation = await self.bench.run(
            evaluation, attempt=attempt, job=evaluate_long, containers=self.containers
        )
        return done

    @asynccontextmanager
    async def in_mid_run(self, evaluation: Evaluation) -> AsyncIterator[None]:
        """The block begins while an image judges and a program runs; both have to be tried again after it."""
        judging = asyncio.create_task(self.run(evaluation))
        executing = asyncio.create_task(self._sleep(evaluation))
        await self._running(f"{LABEL}={evaluation.id}", 2)
        await self._running(f"{SANDBOX_LABEL}={evaluation.id}", 1)
        yield
        assert (await judging).status is EvaluationStatus.RUNNING
        with pytest.raises(SandboxFailed):
            await executing

    async def left(self, label: str) -> list[tuple[str, str]]:
        """Containers and volumes that bear the label."""
        return [*await self.engine.containers_with(label), *await self.engine.volumes_with(label)]

    async def remove(self, evaluation: Evaluation) -> None:
        """Take away what a run left."""
        for label in (LABEL, SANDBOX_LABEL):
            await remove_all(self.engine, f"{label}={evaluation.id}")

    async def _sleep(self, evaluation: Evaluation) -> None:
        async with self.sandbox.room(evaluation.id) as room:
            await self.sandbox.run(Program(("sleep", "600"), room, limits=Limits(seconds=600)))

    async def _running(self, label: str, count: int) -> None:
        async with asyncio.timeout(60):
            while (
                sum([await self._runs(each) for each, _ in await self.engine.containers_with(label)]) < count
            ):
                await asyncio.sleep(0.05)

    async def _runs(self, container: str) -> bool:
        with suppress(NoSuchThing):
            return bool((await self.engine.state(container))["Running"])
        return False


@pytest.fixture
async def judging(bench: Any, private: PrivateEngine) -> AsyncIterator[Judging]:
    """A service whose judge and sandbox are in that engine."""
    settings = container_settings(
        docker_url=private.url, sandbox_image=SHELL, container_local_images=True, container_scratch_mb=16
    )
    async with open_engine(private.url) as engine, choose_sandbox(settings, engine) as sandbox:
        yield Judging(bench, engine, containers_of(settings, engine), sandbox)


async def test_an_engine_that_is_killed_in_mid_run_and_comes_back_costs_no_score_and_leaves_nothing(
    judging: Judging, private: PrivateEngine
) -> None:
    evaluation = await judging.hand_in(seconds=3)
    async with judging.in_mid_run(evaluation):
        await private.end(signal.SIGKILL)
    await private.start()
    assert await judging.left(f"{LABEL}={evaluation.id}") != []

    done = await judging.run(evaluation, attempt=2)
    assert (done.status, done.judgement["final_score"]) == (EvaluationStatus.COMPLETED, 50)
    told = await judging.bench.told(evaluation)
    assert len([each for each in told if isinstance(each, EvaluationCompleted)]) == 1
    assert await judging.left(f"{LABEL}={evaluation.id}") == []
    async with judging.sandbox.room(evaluation.id) as room:
        assert await judging.left(f"{SANDBOX_LABEL}={evaluation.id}") == []
        assert (await judging.sandbox.run(Program(("true",), room))).succeeded
    assert await judging.left(SANDBOX_LABEL) == []


async def test_a_spare_that_did_not_outlive_its_engine_costs_no_attempt_and_leaves_nothing(
    judging: Judging, private: PrivateEngine
) -> None:
    async with open_spares(judging.engine, 1) as spares:
        judging.containers = replace(judging.containers, spares=spares)
        await judging.run(await judging.hand_in(seconds=0))
        assert await spares.settled() == 1
        await private.end(signal.SIGKILL)
        await private.start()
        evaluation = await judging.hand_in(seconds=0)
        done = await judging.run(evaluation)
        assert (done.status, done.attempt) == (EvaluationStatus.COMPLETED, 1)
        assert await spares.settled() == 1
        assert await judging.left(f"{LABEL}={evaluation.id}") == []
        assert len(await judging.left(SPARE_LABEL)) == 3
    assert await judging.left(SPARE_LABEL) == []


async def test_what_an_engine_ends_because_it_stops_is_no_failure_of_the_image_or_the_program(
    judging: Judging, private: PrivateEngine
) -> None:
    evaluation = await judging.hand_in(seconds=600)
    async with judging.in_mid_run(evaluation):
        await private.end(signal.SIGTERM)
    await private.start()
    await judging.remove(evaluation)
