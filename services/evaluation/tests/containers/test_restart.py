"""The engine is killed in the middle of a run and comes back: nothing is lost, nothing is scored twice."""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from joust_contracts.events import EvaluationCompleted
from joust_contracts.vocabulary import EvalMode
from joust_evaluation.containers.choice import containers_of
from joust_evaluation.containers.engine import Engine, open_engine
from joust_evaluation.containers.errors import NoSuchThing
from joust_evaluation.containers.images import pin
from joust_evaluation.containers.rules import LABEL, SANDBOX_LABEL
from joust_evaluation.evaluations.jobs import evaluate_long
from joust_evaluation.evaluations.rules import EvaluationStatus
from joust_evaluation.sandbox.base import Limits, Program, Sandbox, SandboxFailed
from joust_evaluation.sandbox.choice import choose_sandbox
from services.evaluation.tests.sandbox.back_ends import container_settings
from tests.support.engines import SHELL, PrivateEngine, private_engine


@pytest.fixture(scope="module")
async def private() -> AsyncIterator[PrivateEngine]:
    """An engine that this module may kill."""
    async with private_engine(Path(tempfile.mkdtemp(prefix="joust-engine-"))) as engine:
        await engine.provide_shell()
        yield engine


async def running(engine: Engine, label: str, count: int) -> None:
    """Return once as many containers run."""

    async def runs(container: str) -> bool:
        with suppress(NoSuchThing):
            return bool((await engine.state(container))["Running"])
        return False

    async with asyncio.timeout(60):
        while sum([await runs(each) for each, _ in await engine.containers_with(label)]) < count:
            await asyncio.sleep(0.05)


async def left(engine: Engine, label: str) -> list[tuple[str, str]]:
    return [*await engine.containers_with(label), *await engine.volumes_with(label)]


async def test_an_engine_that_is_killed_in_mid_run_and_comes_back_costs_no_score_and_leaves_nothing(
    bench: Any, private: PrivateEngine
) -> None:
    settings = container_settings(
        docker_url=private.url, sandbox_image=SHELL, container_local_images=True, container_scratch_mb=16
    )
    async with open_engine(private.url) as engine, choose_sandbox(settings, engine) as sandbox:
        containers = containers_of(settings, engine)
        task = await bench.known_task(
            eval_mode=EvalMode.CONTAINER,
            eval_image=SHELL,
            eval_image_digest=await pin(engine, SHELL, containers.policy),
            eval_memory_mb=64,
            eval_timeout_seconds=60,
        )
        evaluation = await bench.hand_in(task, {"answer.txt": "42"})
        judging = asyncio.create_task(bench.run(evaluation, job=evaluate_long, containers=containers))
        executing = asyncio.create_task(sleeps(sandbox, evaluation.id))
        await running(engine, f"{LABEL}={evaluation.id}", 2)
        await running(engine, f"{SANDBOX_LABEL}={evaluation.id}", 1)

        await private.end(signal.SIGKILL)
        assert (await judging).status is EvaluationStatus.RUNNING
        with pytest.raises(SandboxFailed):
            await executing
        await private.start()
        assert await left(engine, f"{LABEL}={evaluation.id}") != []

        done = await bench.run(evaluation, attempt=2, job=evaluate_long, containers=containers)
        assert (done.status, done.judgement["final_score"]) == (EvaluationStatus.COMPLETED, 50)
        told = await bench.told(evaluation)
        assert len([each for each in told if isinstance(each, EvaluationCompleted)]) == 1
        assert await left(engine, f"{LABEL}={evaluation.id}") == []
        async with sandbox.room(evaluation.id) as room:
            assert await left(engine, f"{SANDBOX_LABEL}={evaluation.id}") == []
            assert (await sandbox.run(Program(("true",), room))).succeeded
        assert await left(engine, SANDBOX_LABEL) == []


async def sleeps(sandbox: Sandbox, evaluation_id: Any) -> None:
    """A program that is in the middle for long."""
    async with sandbox.room(evaluation_id) as room:
        await sandbox.run(Program(("sleep", "600"), room, limits=Limits(seconds=600)))
