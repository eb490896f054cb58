"""The sandbox by containers of a Docker engine, confined as posters' images are and with less: no network,
nobody's rights, a read-only root.

The engine may be on another machine, so files travel as a tar into a volume, once for as long as they stay
the same, and every run has that volume read-only. What is left by a worker that died is removed by the
evaluation's id: by the next attempt, or by the sweep (``containers/leftovers.py``).
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from joust_evaluation.containers import keeper
from joust_evaluation.containers.attaching import Attached
from joust_evaluation.containers.confinement import volume_mount
from joust_evaluation.containers.engine import Engine, EngineAway
from joust_evaluation.containers.errors import EngineError
from joust_evaluation.containers.leftovers import remove_all, seen_through
from joust_evaluation.containers.rules import ENDED_BY_SIGNAL, RUN_LABEL, SANDBOX_LABEL, keeper_config
from joust_evaluation.evaluations.fetching import in_thread
from joust_evaluation.sandbox.base import FILES, Ending, Limits, Program, Run, SandboxFailed
from joust_evaluation.sandbox.carrying import Seen, carried, seen_in
from joust_evaluation.sandbox.container_rules import SandboxImage, exceeded, memory_used, program_config
from joust_evaluation.sandbox.house import House
from joust_evaluation.sandbox.reading import Heard
from joust_evaluation.sandbox.rules import ending_of
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_NAME = "joust-sandbox-"
_END_SECONDS = 10.0
_LOOK_SECONDS = 0.5
_QUIET_SECONDS = 1.0
_ENGINE_FAILED = "The container engine of the sandbox does not answer, or does not do what it is asked."


@dataclass
class _Room:
    """A folder for files, and where the engine has its copies."""

    labels: Mapping[str, str]
    token: str
    copies: dict[Path, tuple[Seen, str]] = field(default_factory=dict)
    """By folder: what it held when it was copied, and the volume."""
    copying: asyncio.Lock = field(default_factory=asyncio.Lock)


class ContainerSandbox:
    """Executes programs in containers of ``image``, which has the languages' tools and a shell."""

    name = "container"

    def __init__(self, engine: Engine, house: House, image: SandboxImage) -> None:
        self._engine = engine
        self._house = house
        self._image = image
        self._rooms: dict[Path, _Room] = {}

    def room(self, evaluation_id: UUID) -> AbstractAsyncContextManager[Path]:
        """A new folder for the files of programs. Removes first what an earlier attempt left in the engine.

        Raises ``SandboxFailed``.
        """
        return self._room(evaluation_id)

    @asynccontextmanager
    async def _room(self, evaluation_id: UUID) -> AsyncIterator[Path]:
        with _failures():
            await remove_all(self._engine, f"{SANDBOX_LABEL}={evaluation_id}")
            await keeper.provide(self._engine)
        token = secrets.token_hex(8)
        room = _Room({SANDBOX_LABEL: str(evaluation_id), RUN_LABEL: token}, token)
        async with self._house.room() as path:
            self._rooms[path] = room
            try:
                yield path
            finally:
                del self._rooms[path]
                await self._clear(room)

    async def run(self, program: Program) -> Run:
        """Execute ``program``. Raises ``SandboxFailed``."""
        began = time.monotonic()
        with _failures():
            room = self._room_of(program.files)
            volume = await self._copy_of(program.files, room)
            config = program_config(self._image, room.labels, program, volume)
            heard = Heard(program.limits.output_bytes)
            async with self._created(config) as container:
                ending, peak = await self._executed(container, program, heard)
                state = await self._engine.state(container)
                exit_code = int(state["ExitCode"])
                if ending is None and exit_code in ENDED_BY_SIGNAL:
                    await self._check_who_ended(container, state)
        if ending in {None, Ending.TIME} and state["OOMKilled"]:
            ending = Ending.MEMORY
        return Run(
            ending=ending or ending_of(exit_code, bytes(heard.stderr)),
            exit_code=None if ending is not None else exit_code,
            stdout=bytes(heard.stdout),
            stderr=bytes(heard.stderr),
            seconds=round(time.monotonic() - began, 3),
            peak_memory_bytes=peak,
            enforced_by=self._image.enforced_by,
        )

    async def _check_who_ended(self, container: str, state: Mapping[str, Any]) -> None:
        """Raises ``SandboxFailed`` if it was the engine, as it does when it stops itself."""
        if not state["OOMKilled"] and await self._engine.was_told_to_end(container, state):
            raise SandboxFailed("The container engine of the sandbox ended the program.")

    def _room_of(self, files: Path) -> _Room:
        for folder in (files, *files.parents):
            if (room := self._rooms.get(folder)) is not None:
                return room
        raise SandboxFailed("The program's files lie in no room of the sandbox.")

    async def _copy_of(self, files: Path, room: _Room) -> str:
        """The volume that holds the files as they are now."""
        async with room.copying:
            seen = await in_thread(partial(seen_in, files))
            copy = room.copies.get(files)
            if copy is None or copy[0] != seen:
                copy = seen, await self._copied(files, room)
                room.copies[files] = copy
            return copy[1]

    async def _copied(self, files: Path, room: _Room) -> str:
        volume = f"{_NAME}{secrets.token_hex(8)}"
        mounts = [volume_mount(volume, FILES, read_only=False)]
        # Nothing runs in it: an engine fills volumes of containers that were never started, too.
        carrier = keeper_config(keeper.IMAGE, keeper.COMMAND, room.labels, mounts)
        await seen_through(self._engine.create_volume(volume, room.labels, {}))
        async with self._created(carrier) as container:
            content = await in_thread(partial(carried, files, FILES))
            try:
                await self._engine.put(container, content)
            finally:
                content.close()
        return volume

    @asynccontextmanager
    async def _created(self, config: Mapping[str, Any]) -> AsyncIterator[str]:
        name = f"{_NAME}{secrets.token_hex(8)}"
        try:
            yield await seen_through(self._engine.create(config, name))
        finally:
            # What stays is removed with its room.
            with suppress(EngineAway, EngineError):
                await self._engine.remove_container(name)

    async def _executed(self, container: str, program: Program, heard: Heard) -> tuple[Ending | None, int]:
        """The limit that was reached, ``None`` if the program ended by itself; and the most memory seen."""
        async with self._engine.attached(container) as streams:
            listening = asyncio.create_task(heard.listen_to_both(streams.said()))
            try:
                await self._engine.start(container)
                return await self._until_its_end(container, program, heard, streams, listening)
            finally:
                await _cancel(listening)

    async def _until_its_end(
        self,
        container: str,
        program: Program,
        heard: Heard,
        streams: Attached,
        listening: asyncio.Task[None],
    ) -> tuple[Ending | None, int]:
        watch = _Watch(self._engine, container, program.limits)
        end = asyncio.create_task(self._engine.wait(container))
        stops = [asyncio.create_task(heard.flooded.wait()), asyncio.create_task(watch.until_exceeded())]
        feeding = asyncio.create_task(streams.feed(program.stdin))
        try:
            await asyncio.wait(
                [end, *stops], timeout=program.limits.seconds, return_when=asyncio.FIRST_COMPLETED
            )
            ended_by_itself = end.done()
            if not ended_by_itself:
                with suppress(EngineError):  # it ended just now
                    await self._engine.kill(container)
            async with asyncio.timeout(_END_SECONDS):
                await end
            await _drained(listening, heard)
        except TimeoutError as error:
            raise SandboxFailed("A container of the sandbox did not end when it was told to.") from error
        finally:
            await _cancel(feeding, end, *stops)
        if heard.flooded.is_set():
            return Ending.OUTPUT, watch.peak_memory_bytes
        if watch.exceeded is not None:
            return watch.exceeded, watch.peak_memory_bytes
        return (None if ended_by_itself else Ending.TIME), watch.peak_memory_bytes

    async def _clear(self, room: _Room) -> None:
        """What the engine does not let go now is left to the next attempt, or the sweep."""
        try:
            await remove_all(self._engine, f"{RUN_LABEL}={room.token}")
        except (EngineAway, EngineError) as error:
            log.warning("sandbox left behind", labels=dict(room.labels), error=repr(error))


class _Watch:
    """Looks at what a container uses, where the engine's limits make programs fail without an end."""

    def __init__(self, engine: Engine, container: str, limits: Limits) -> None:
        self._engine = engine
        self._container = container
        self._limits = limits
        self.peak_memory_bytes = 0
        self.exceeded: Ending | None = None

    async def until_exceeded(self) -> None:
        """Returns when a limit is reached, and otherwise never."""
        while self.exceeded is None:
            # Most programs are through by then, and are spared the cost of being watched.
            await asyncio.sleep(_LOOK_SECONDS)
            # Whether the engine is gone is seen by who waits for the end.
            with suppress(EngineAway, EngineError):
                usage = await self._engine.usage(self._container)
                self.peak_memory_bytes = max(self.peak_memory_bytes, memory_used(usage))
                self.exceeded = exceeded(usage, self._limits)


@contextmanager
def _failures() -> Iterator[None]:
    """Tells failures of the engine as those of the sandbox."""
    try:
        yield
    except (EngineAway, EngineError, OSError) as error:
        log.warning("sandbox failed", error=repr(error))
        raise SandboxFailed(_ENGINE_FAILED) from error


async def _drained(listening: asyncio.Task[None], heard: Heard) -> None:
    """Return once all output is here. The engine has sent it when it tells of the end, but it does not close
    the stream of a program that left input untaken; so the output is over when nothing more arrives."""
    before = -1
    while not listening.done() and heard.passed_bytes != before:
        before = heard.passed_bytes
        await asyncio.wait([listening], timeout=_QUIET_SECONDS)
    if listening.done():
        await listening


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
