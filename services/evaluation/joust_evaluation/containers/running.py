"""One run of an evaluation container, from nothing to nothing: whatever happens, it leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, BinaryIO
from uuid import UUID

from joust_evaluation.containers import keeper
from joust_evaluation.containers.confinement import Confinement, declared_volumes_of
from joust_evaluation.containers.contract import SCORE_PATH, ContainerScore
from joust_evaluation.containers.engine import Engine, EngineAway
from joust_evaluation.containers.errors import BadConfig, EngineError, NoArchive, NoSuchThing
from joust_evaluation.containers.images import ImagePolicy, provide
from joust_evaluation.containers.leftovers import remove_attempts, seen_through
from joust_evaluation.containers.packing import packed
from joust_evaluation.containers.rules import (
    ENDED_BY_SIGNAL,
    NO_PLAIN_FILE,
    BadScore,
    Ended,
    RunName,
    check_file,
    judge_config,
    not_started,
    problem_of,
    read_score,
    user_id_in,
)
from joust_evaluation.containers.spares import (
    Spares,
    Taken,
    create_volumes,
    new_token,
    remove_run,
    start_keeper,
)
from joust_evaluation.evaluations.fetching import in_thread
from joust_evaluation.judges.artifact import ArchiveLimits
from joust_evaluation.judges.base import JudgeUnavailable
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_QUICK_SECONDS = 1.0
"""A judge that is not over by then has processors to spare for the next run's keeper."""


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
    spares: Spares | None = None
    """Keepers that are there already."""

    async def run(self, work: Work) -> Finished:
        """Raises ``NotJudged``, ``BadArchive`` or ``JudgeUnavailable``."""
        await remove_attempts(self.engine, work.evaluation_id)
        image, _ = await asyncio.gather(
            provide(self.engine, work.pin, self.policy), keeper.provide(self.engine)
        )
        try:
            async with self._prepared(work, image) as (keeping, judging):
                return await self._judge(work, keeping, judging)
        except BadConfig as error:
            return Finished(None, not_started(str(error)), None, 0, b"", b"")
        finally:
            self._replenish()

    @asynccontextmanager
    async def _prepared(self, work: Work, image: Mapping[str, Any]) -> AsyncIterator[tuple[str, str]]:
        """Keeper, which runs and has the submission, and judge, which does not run yet; both gone afterwards,
        with their volumes."""
        taken = None if self.spares is None else await self.spares.take(work.evaluation_id)
        run = RunName(work.evaluation_id, new_token() if taken is None else taken.token)
        asked: list[asyncio.Future[str]] = []
        try:
            if taken is None:
                await seen_through(create_volumes(self.engine, run))
            asked = [
                asyncio.ensure_future(self._keeper(run, taken)),
                asyncio.ensure_future(self.engine.create(self._judge_config(work, run, image))),
            ]
            keeping, judging = asked
            await self._hand_in(work, image, keeping, judging)
            yield await asyncio.shield(keeping), await asyncio.shield(judging)
        finally:
            await seen_through(self._clear(run, asked))

    async def _keeper(self, run: RunName, taken: Taken | None) -> str:
        return await start_keeper(self.engine, run) if taken is None else taken.container

    def _judge_config(self, work: Work, run: RunName, image: Mapping[str, Any]) -> dict[str, Any]:
        return judge_config(
            run,
            work.pin,
            work.memory_mb,
            self.confinement,
            with_network=work.with_network,
            declared_volumes=declared_volumes_of(image),
        )

    async def _hand_in(
        self, work: Work, image: Mapping[str, Any], keeping: asyncio.Future[str], judging: asyncio.Future[str]
    ) -> None:
        """Unpack the submission through the keeper, if need be while the judge's container is being made."""
        owner = await self._user_of(image, judging)
        content = await in_thread(partial(packed, work.artifact, work.limits, owner))
        try:
            await self.engine.put(await asyncio.shield(keeping), content)
        finally:
            content.close()

    async def _user_of(self, image: Mapping[str, Any], judging: asyncio.Future[str]) -> int:
        """The numeric user that the image runs as, to whom the output directory will belong."""
        user = str(image["Config"].get("User") or "0").partition(":")[0]
        if user.isdecimal():
            return int(user)
        container = await asyncio.shield(judging)
        try:
            _, users = await self.engine.get(container, "/etc/passwd")
        except EngineError:
            users = b""
        return user_id_in(users, user)

    async def _clear(self, run: RunName, asked: Sequence[asyncio.Future[str]]) -> None:
        """Take everything away, once all is there that the engine was asked for."""
        made = await asyncio.gather(*asked, return_exceptions=True)
        containers = [each for each in made if isinstance(each, str)]
        if len(containers) < len(made) or not made:
            await remove_run(self.engine, run)
            return
        try:
            await asyncio.gather(*map(self.engine.remove_container, containers))
            await asyncio.gather(*map(self.engine.remove_volume, (run.volume_in, run.volume_out)))
        except (EngineAway, EngineError):  # a volume may be held for a moment after its container has gone
            await remove_run(self.engine, run)

    async def _judge(self, work: Work, keeping: str, judging: str) -> Finished:
        began = monotonic()
        try:
            await self.engine.start(judging)
        except EngineError as error:
            return Finished(None, not_started(str(error)), None, 0, b"", b"")
        except EngineAway as error:
            if error.words is None:
                raise
            # An engine also calls it a failure of its own that an image names a user whom it does not have.
            raise JudgeUnavailable(not_started(error.words)) from error
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
        time_for_others = asyncio.get_running_loop().call_later(_QUICK_SECONDS, self._replenish)
        try:
            async with asyncio.timeout(work.timeout_seconds):
                await self.engine.wait(judging)
        except TimeoutError:
            try:
                await self.engine.kill(judging)
            except EngineError:
                log.info("container ended by itself", container=judging)
            return None
        finally:
            time_for_others.cancel()
        state = await self.engine.state(judging)
        ended = Ended(int(state["ExitCode"]), bool(state["OOMKilled"]))
        by_signal = ended.exit_code in ENDED_BY_SIGNAL and not ended.was_out_of_memory
        if by_signal and await self.engine.was_told_to_end(judging, state):
            raise JudgeUnavailable("The container engine ended the task's evaluation container.")
        return ended

    def _replenish(self) -> None:
        if self.spares is not None:
            self.spares.replenish()

    async def _score(self, keeping: str) -> ContainerScore:
        try:
            entry, content = await self.engine.get(keeping, SCORE_PATH)
        except NoSuchThing:
            if not (await self.engine.state(keeping))["Running"]:
                raise JudgeUnavailable("The keeper of the score ended before it was read.") from None
            raise BadScore(f"The task's evaluation container ended well, but left no {SCORE_PATH}.") from None
        except NoArchive:
            raise BadScore(NO_PLAIN_FILE) from None
        check_file(is_regular=entry.isreg(), size_bytes=entry.size)
        return await in_thread(partial(read_score, content))
