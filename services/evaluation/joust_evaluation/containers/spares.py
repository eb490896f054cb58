"""Spare keepers: each with its two volumes, made while nobody waits, for the next run to take.

A start is most of what a run costs, and of its two containers only the judge's depends on what is judged. A
spare is new, is one worker's until a run takes it, and is removed with that run, or when it was not taken for
some minutes. What a dead worker leaves is told by its age (see ``leftovers.py``).
"""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from joust_evaluation.containers import keeper
from joust_evaluation.containers.contract import OUTPUT_BYTES
from joust_evaluation.containers.engine import Engine, EngineAway
from joust_evaluation.containers.errors import EngineError
from joust_evaluation.containers.leftovers import remove_all, seen_through
from joust_evaluation.containers.rules import RUN_LABEL, SPARE_SECONDS, RunName, keeper_config, mounts_of
from joust_kit.background import Background
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_LOOK_SECONDS = 15.0
_WARM_SECONDS = 3600.0
"""So long after the last run there is a spare."""
_OUTPUT_OPTIONS = {"type": "tmpfs", "device": "tmpfs", "o": f"size={OUTPUT_BYTES},nr_inodes=64,mode=0700"}


def new_token() -> str:
    """Names a run that there was never before."""
    return secrets.token_hex(8)


async def create_volumes(engine: Engine, run: RunName) -> None:
    """For the submission, and for the score."""
    await asyncio.gather(
        engine.create_volume(run.volume_in, run.labels, {}),
        engine.create_volume(run.volume_out, run.labels, _OUTPUT_OPTIONS),
    )


async def start_keeper(engine: Engine, run: RunName) -> str:
    """A keeper that runs, of volumes that are there; returns its id."""
    mounts = mounts_of(run, is_judge=False)
    container = await engine.create(
        keeper_config(keeper.IMAGE, keeper.COMMAND, run.labels, mounts), name=run.keeper
    )
    await engine.start(container)
    return container


async def remove_run(engine: Engine, run: RunName) -> None:
    """Take all of a run away; what the engine does not let go now is left to the sweep."""
    try:
        await remove_all(engine, f"{RUN_LABEL}={run.token}")
    except (EngineAway, EngineError) as error:
        log.warning("container left behind", run=run.token, error=repr(error))


@dataclass(frozen=True)
class Taken:
    """A spare that belongs to a run now."""

    token: str
    container: str


@dataclass(frozen=True)
class _Spare:
    name: RunName
    container: str
    made_at: float


@dataclass
class Spares:
    """The spares of this worker: up to ``count``, once there was a run."""

    engine: Engine
    count: int
    seconds: float = SPARE_SECONDS
    clock: Callable[[], float] = time.monotonic
    _ready: deque[_Spare] = field(default_factory=deque)
    _at_work: set[asyncio.Task[None]] = field(default_factory=set)
    _making: set[asyncio.Task[None]] = field(default_factory=set)
    _last_run: float | None = None
    _is_closed: bool = False

    async def take(self, evaluation_id: UUID) -> Taken | None:
        """A spare for a run of the evaluation, ``None`` if none is fit. Raises ``EngineAway``."""
        self._last_run = self.clock()
        while self._ready:
            spare = self._ready.popleft()
            is_ours = False
            try:
                is_ours = self._is_young(spare) and await self._claimed(spare, evaluation_id)
            finally:
                # What was asked for and not answered may come to be later, so nobody else may have it.
                if not is_ours:
                    self._do(remove_run(self.engine, spare.name))
            if is_ours:
                return Taken(spare.name.token, spare.container)
        return None

    def replenish(self) -> None:
        """Make what is missing, in the background."""
        for _ in range(self.count - len(self._ready) - len(self._making)):
            if not self._is_closed:
                self._making.add(self._do(self._make()))

    async def settled(self) -> int:
        """Return once nothing is being made or removed: how many spares there are."""
        while self._at_work:
            await asyncio.wait(self._at_work)
        return len(self._ready)

    async def tend(self) -> None:
        """Renew what was not taken, as long as there are runs. Run it as a background loop."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self.renew()

    def renew(self) -> None:
        """Remove what is too old, and make it anew if there was a run of late."""
        while self._ready and not self._is_young(self._ready[0]):
            self._do(remove_run(self.engine, self._ready.popleft().name))
        if self._last_run is not None and self.clock() - self._last_run < _WARM_SECONDS:
            self.replenish()

    async def close(self) -> None:
        """Remove them all, and make no more."""
        self._is_closed = True
        for task in self._making:
            task.cancel()
        await self.settled()
        await asyncio.gather(*(remove_run(self.engine, spare.name) for spare in self._ready))
        self._ready.clear()

    def _is_young(self, spare: _Spare) -> bool:
        return self.clock() - spare.made_at < self.seconds

    async def _claimed(self, spare: _Spare, evaluation_id: UUID) -> bool:
        """False if it is gone, or does not run: its engine was started again, or somebody removed it."""
        try:
            # By its name: what is not called so any more is not ours.
            await self.engine.rename(spare.name.keeper, RunName(evaluation_id, spare.name.token).keeper)
            state = await self.engine.state(spare.container)
        except EngineError:
            return False
        return bool(state["Running"])

    def _do(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        task.add_done_callback(self._making.discard)
        return task

    async def _make(self) -> None:
        name = RunName(None, new_token())
        try:
            self._ready.append(await seen_through(self._made(name)))
        except (EngineAway, EngineError) as error:
            log.warning("no spare keeper", error=repr(error))
            await remove_run(self.engine, name)
        except asyncio.CancelledError:
            await remove_run(self.engine, name)
            raise

    async def _made(self, name: RunName) -> _Spare:
        began = self.clock()
        await keeper.provide(self.engine)
        await create_volumes(self.engine, name)
        return _Spare(name, await start_keeper(self.engine, name), began)


@asynccontextmanager
async def open_spares(engine: Engine, count: int) -> AsyncIterator[Spares]:
    """Spares for the length of the block."""
    spares = Spares(engine, count)
    background = Background()
    background.keep("spare keepers", spares.tend)
    try:
        yield spares
    finally:
        await background.stop()
        await spares.close()
