"""A bubblewrap that has begun, and waits to be told what to run.

By then it is in a cgroup of its own, for which a kernel may wait for every processor, and somebody else. It
knows no file of an agent yet. Should its worker die, it reads the end of its options, of which the last is
missing, and refuses to go on.
"""

import asyncio
import json
import os
import secrets
import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from io import FileIO
from pathlib import Path

from joust_evaluation.evaluations.fetching import in_thread
from joust_evaluation.sandbox import child
from joust_evaluation.sandbox.base import Limits, SandboxFailed
from joust_evaluation.sandbox.cgroups import Cgroups, RunGroup
from joust_evaluation.sandbox.child import Child
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_USERS = range(2_000_000_000, 2_001_000_000)
"""Far above what is given to people and services."""
_COMMAND = "/.command"
"""Where the sandbox has the shell's script that becomes the program."""
_NAMESPACES = ("--unshare-all", "--unshare-user")
"""The last that it is told: without them it takes none of its other options, and begins no process."""
_START_SECONDS = 10.0
_SAID_BYTES = 2000
OWN_PROCESSES = 2
"""Of bubblewrap; they count as the program's to the kernel."""


@dataclass(frozen=True)
class Started:
    """A sandbox that runs."""

    process: Child
    status: asyncio.StreamReader
    """What bubblewrap tells of it, one JSON document a line."""
    root_pid: int
    """The first process in it, by the worker's own counting."""
    root: int
    """A handle of that process."""


@dataclass(frozen=True)
class Waiting:
    """One of them."""

    process: Child
    group: RunGroup | None
    status: asyncio.StreamReader
    status_pipe: asyncio.BaseTransport
    options: FileIO
    """Where it is told the options that it lacks; with the end of them it goes on."""
    command: FileIO
    """What the sandbox will have as its command, which is read after the options."""

    @property
    def is_there(self) -> bool:
        """False if it was ended by somebody else."""
        return self.process.returncode is None

    async def begin(self, limits: Limits, options: Iterable[str], argv: Sequence[str]) -> Started:
        """Have it run ``argv`` under the limits. Raises ``SandboxFailed``."""
        try:
            if self.group is not None:
                await in_thread(partial(self.group.limit, limits, OWN_PROCESSES))
            os.pwrite(self.command.fileno(), os.fsencode(f"exec {shlex.join(argv)}\n"), 0)
            told = (*options, *_NAMESPACES)
            await self._tell(b"".join(os.fsencode(option) + b"\0" for option in told))
        except OSError as error:
            log.warning("sandbox failed", error=repr(error))
            raise SandboxFailed("The sandbox could not be started.") from error
        return await self._met()

    async def end(self) -> None:
        """Kill it, should it still be there, and leave nothing of it behind."""
        self.options.close()
        self.command.close()
        await self.process.close()
        self.status_pipe.close()
        if self.group is not None:
            await self.group.remove()

    async def _tell(self, options: bytes) -> None:
        written = self.options.write(options) or 0
        if written < len(options):  # the pipe is full, and does not wait
            os.set_blocking(self.options.fileno(), True)
            await in_thread(partial(_write_all, self.options, options[written:]))
        self.options.close()

    async def _met(self) -> Started:
        try:
            async with asyncio.timeout(_START_SECONDS):
                line = await self.status.readline()
            pid = int(json.loads(line)["child-pid"])
            return Started(self.process, self.status, pid, os.pidfd_open(pid))
        except (TimeoutError, ValueError, KeyError, OSError) as error:
            self.process.kill()
            said = await self.process.stderr.read(_SAID_BYTES)
            log.error("sandbox failed", stderr=said.decode(errors="replace"))
            raise SandboxFailed("The sandbox could not be set up.") from error


@dataclass(frozen=True)
class Maker:
    """Makes them."""

    bwrap: Path
    cgroups: Cgroups | None
    filter_program: bytes | None
    """Which system calls are let through, as the kernel reads it."""

    async def make(self) -> Waiting:
        """A new one. Raises ``SandboxFailed``."""
        with ExitStack() as given, ExitStack() as when_it_fails:
            try:
                waiting = await self._begun(given, when_it_fails)
            except OSError as error:
                log.warning("sandbox failed", error=repr(error))
                raise SandboxFailed("The sandbox could not be started.") from error
            when_it_fails.pop_all()
        if self.cgroups is None:
            return waiting
        try:
            return replace(
                waiting, group=await in_thread(partial(self.cgroups.made_for, waiting.process.pid))
            )
        except BaseException as error:
            await waiting.end()
            if not isinstance(error, OSError):
                raise
            log.warning("sandbox failed", error=repr(error))
            raise SandboxFailed("The sandbox got no cgroup.") from error

    async def _begun(self, given: ExitStack, when_it_fails: ExitStack) -> Waiting:
        words, status_end = _pipe(given)
        when_it_fails.callback(words.close)
        options_end, options = os.pipe()
        given.callback(os.close, options_end)
        told = FileIO(options, "wb")
        when_it_fails.callback(told.close)
        os.set_blocking(options, False)
        command = FileIO(os.memfd_create("command", os.MFD_CLOEXEC), "r+b")
        when_it_fails.callback(command.close)
        passed = [status_end, options_end, command.fileno()]
        if self.filter_program is not None:
            passed.append(_in_memory(self.filter_program, given))
        status = asyncio.StreamReader()
        status_pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(status), words
        )
        when_it_fails.callback(status_pipe.close)
        process = await child.begin(list(self._command(*passed)), passed)
        return Waiting(process, None, status, status_pipe, told, command)

    def _command(
        self, status_fd: int, options_fd: int, command_fd: int, filter_fd: int | None = None
    ) -> Iterator[str]:
        if os.geteuid() == 0:
            user = str(_USERS[secrets.randbelow(len(_USERS))])
            yield from ("setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--")
        yield from (str(self.bwrap), "--uid", "1000", "--gid", "1000", "--hostname", "sandbox")
        yield "--disable-userns"
        if filter_fd is not None:
            yield from ("--seccomp", str(filter_fd))
        yield from ("--die-with-parent", "--new-session", "--json-status-fd", str(status_fd), "--clearenv")
        yield from ("--ro-bind-data", str(command_fd), _COMMAND, "--args", str(options_fd))
        yield from ("--", "sh", _COMMAND)


def _pipe(given: ExitStack) -> tuple[FileIO, int]:
    """Its reading end, and the one that is closed with what is given to the child."""
    reading_end, writing_end = os.pipe()
    given.callback(os.close, writing_end)
    return FileIO(reading_end), writing_end


def _in_memory(content: bytes, given: ExitStack) -> int:
    """A file that the child reads once, from its beginning."""
    file = os.memfd_create("filter", os.MFD_CLOEXEC)
    given.callback(os.close, file)
    os.write(file, content)
    os.lseek(file, 0, os.SEEK_SET)
    return file


def _write_all(file: FileIO, content: bytes) -> None:
    while content:
        content = content[file.write(content) or 0 :]
