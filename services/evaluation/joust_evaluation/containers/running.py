"""One run of an evaluation container, from nothing to nothing: whatever happens, it leaves nothing behind."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, BinaryIO
from uuid import UUID

from joust_evaluation.containers import keeper
from joust_evaluation.containers.confinement import Confinement, declared_volumes_of
from joust_evaluation.containers.contract import OUTPUT_BYTES, SCORE_PATH, ContainerScore
from joust_evaluation.containers.engine import Engine, EngineAway
from joust_evaluation.containers.errors import EngineError, NoSuchThing
from joust_evaluation.containers.images import ImagePolicy, provide
from joust_evaluation.containers.leftovers import remove_all, seen_through
from joust_evaluation.containers.packing import packed
from joust_evaluation.containers.rules import (
    ENDED_BY_SIGNAL,
    LABEL,
    RUN_LABEL,
    BadScore,
    Ended,
    RunName,
    check_file,
    judge_config,
    keeper_config,
    mounts_of,
    problem_of,
    read_score,
    user_id_in,
)
from joust_evaluation.evaluations.fetching import in_thread
from joust_evaluation.judges.artifact import ArchiveLimits
from joust_evaluation.judges.base import JudgeUnavailable
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_OUTPUT_OPTIONS = {"type": "tmpfs", "device": "tmpfs", "o": f"size={OUTPUT_BYTES},nr_inodes=64,mode=0700"}


@dataclass(frozen=True)
class Work:
    """What is to be run."""

    evaluation_id: UUID
    pin: str
    artifact: BinaryIO
    limits: ArchiveLimits
    memory_mb: int
    timeout_seconds: float
    with_network: bool


@dataclass(frozen=True)
class Finished:
    """What came of it."""

    score: ContainerScore | None
    problem: str | None
    """Why there is no score."""
    exit_code: int | None
    """``None`` if it was ended because its time was over."""
    seconds: float
    stdout: bytes
    stderr: bytes


@dataclass(frozen=True)
class Containers:
    """Runs posters' images in one engine."""

    engine: Engine
    policy: ImagePolicy
    confinement: Confinement
    output_bytes: int
    """Of each stream that are kept."""

    async def run(self, work: Work) -> Finished:
        """Raises ``NotJudged``, ``BadArchive`` or ``JudgeUnavailable``."""
        await remove_all(self.engine, f"{LABEL}={work.evaluation_id}")
        image, _ = await asyncio.gather(
            provide(self.engine, work.pin, self.policy), keeper.provide(self.engine)
        )
        run = RunName(work.evaluation_id, secrets.token_hex(4))
        judge = judge_config(
            run,
            work.pin,
            work.memory_mb,
            self.confinement,
            with_network=work.with_network,
            declared_volumes=declared_volumes_of(image),
        )
        async with _containers(self.engine, run, judge) as (keeping, judging):
            await self._hand_in(work, image, keeping, judging)
            return await self._judge(work, keeping, judging)

    async def _hand_in(self, work: Work, image: Mapping[str, Any], keeping: str, judging: str) -> None:
        owner = await self._user_of(image, judging)
        content = await in_thread(partial(packed, work.artifact, work.limits, owner))
        try:
            await self.engine.put(keeping, content)
        finally:
            content.close()

    async def _user_of(self, image: Mapping[str, Any], judging: str) -> int:
        """The numeric user that the image runs as, to whom the output directory will belong."""
        user = str(image["Config"].get("User") or "0").partition(":")[0]
        if user.isdecimal():
            return int(user)
        try:
            _, users = await self.engine.get(judging, "/etc/passwd")
        except EngineError:
            users = b""
        return user_id_in(users, user)

    async def _judge(self, work: Work, keeping: str, judging: str) -> Finished:
        began = monotonic()
        try:
            await self.engine.start(judging)
        except EngineError as error:
            reason = f"The task's evaluation container could not be started: {_first_line(error)}"
            return Finished(None, reason, None, 0, b"", b"")
        try:
            ended = await self._end_of(work, judging)
            seconds = monotonic() - began
            (score, problem), stdout, stderr = await asyncio.gather(
                self._result(work, ended, keeping),
                self.engine.output(judging, "stdout", self.output_bytes),
                self.engine.output(judging, "stderr", self.output_bytes),
            )
            return Finished(
                score=score,
                problem=problem,
                exit_code=None if ended is None else ended.exit_code,
                seconds=seconds,
                stdout=stdout,
                stderr=stderr,
            )
        except EngineError as error:
            raise JudgeUnavailable("The task's evaluation container was removed under way.") from error

    async def _result(
        self, work: Work, ended: Ended | None, keeping: str
    ) -> tuple[ContainerScore | None, str | None]:
        """The score, or why there is none."""
        if ended is None:
            return None, (
                f"The task's evaluation container did not end within {work.timeout_seconds:g} seconds"
                " (eval_timeout_seconds)."
            )
        if (problem := problem_of(ended, work.memory_mb)) is not None:
            return None, problem
        try:
            return await self._score(keeping), None
        except BadScore as error:
            return None, str(error)

    async def _end_of(self, work: Work, judging: str) -> Ended | None:
        """How it ended; ``None`` if it had to be ended."""
        try:
            async with asyncio.timeout(work.timeout_seconds):
                await self.engine.wait(judging)
        except TimeoutError:
            try:
                await self.engine.kill(judging)
            except EngineError:
                log.info("container ended by itself", container=judging)
            return None
        state = await self.engine.state(judging)
        ended = Ended(int(state["ExitCode"]), bool(state["OOMKilled"]))
        by_signal = ended.exit_code in ENDED_BY_SIGNAL and not ended.was_out_of_memory
        if by_signal and await self.engine.was_told_to_end(judging, state):
            raise JudgeUnavailable("The container engine ended the task's evaluation container.")
        return ended

    async def _score(self, keeping: str) -> ContainerScore:
        try:
            entry, content = await self.engine.get(keeping, SCORE_PATH)
        except NoSuchThing:
            raise BadScore(f"The task's evaluation container ended well, but left no {SCORE_PATH}.") from None
        check_file(is_regular=entry.isreg(), size_bytes=entry.size)
        return read_score(content)


@asynccontextmanager
async def _containers(engine: Engine, run: RunName, judge: dict[str, Any]) -> AsyncIterator[tuple[str, str]]:
    """Keeper, which runs, and judge, which does not yet; both gone afterwards, with their volumes."""
    try:
        # What the engine was asked for may come to be after we left; so nobody leaves before it is there.
        keeping, judging = await seen_through(_create(engine, run, judge))
        yield keeping, judging
    finally:
        await _remove(engine, run)


async def _create(engine: Engine, run: RunName, judge: dict[str, Any]) -> tuple[str, str]:
    await asyncio.gather(
        engine.create_volume(run.volume_in, run.labels, {}),
        engine.create_volume(run.volume_out, run.labels, _OUTPUT_OPTIONS),
    )
    mounts = mounts_of(run, is_judge=False)
    keeping_volumes = keeper_config(keeper.IMAGE, keeper.COMMAND, run.labels, mounts)
    keeping, judging = await asyncio.gather(
        _started(engine, keeping_volumes),
        engine.create(judge),
        return_exceptions=True,
    )
    if isinstance(keeping, BaseException):
        raise keeping
    if isinstance(judging, BaseException):
        raise judging
    return keeping, judging


async def _started(engine: Engine, config: dict[str, Any]) -> str:
    container = await engine.create(config)
    await engine.start(container)
    return container


async def _remove(engine: Engine, run: RunName) -> None:
    """Take everything away; what the engine does not let go now is left to the sweep."""
    try:
        await remove_all(engine, f"{RUN_LABEL}={run.token}")
    except (EngineAway, EngineError) as error:
        log.warning("container left behind", evaluation_id=str(run.evaluation_id), error=repr(error))


def _first_line(error: EngineError) -> str:
    line = str(error).strip().splitlines()[0] if str(error).strip() else "no reason was given"
    return line[:300]
