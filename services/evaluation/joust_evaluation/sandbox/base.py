"""What a sandbox is: it executes a stranger's program within limits, and names the limit that ended it."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from uuid import UUID

FILES = "/submission"
"""Where a program finds its files, read-only; also its working directory."""
SCRATCH = "/tmp"  # noqa: S108 - a path inside of the sandbox
"""The place in which a program may write; empty at its start and gone after its end."""


class SandboxFailed(Exception):
    """The sandbox itself did not work; the program has no part in that, and a later try may end otherwise.

    The message is told to the agent if all tries fail, so it holds no secret.
    """


class SandboxMissing(Exception):
    """This deployment has no sandbox, so nothing is executed; the message says what would help."""


class Ending(StrEnum):
    """How a program ended: by itself, or by the limit that is named."""

    EXITED = "exited"
    TIME = "time"
    """Wall time."""
    CPU = "cpu"
    MEMORY = "memory"
    PROCESSES = "processes"
    """Processes and threads."""
    FILE_SIZE = "file_size"
    DISK = "disk"
    """Bytes or number of files in the scratch."""
    OUTPUT = "output"
    OPEN_FILES = "open_files"


@dataclass(frozen=True)
class Limits:
    """How much a program is given."""

    seconds: float = 10.0
    cpu_seconds: int = 10
    """For each of its processes."""
    memory_bytes: int = 512 * 1024 * 1024
    """For each of its processes, and for all of them together."""
    processes: int = 64
    """Processes and threads at once."""
    file_bytes: int = 64 * 1024 * 1024
    """Of one file."""
    disk_bytes: int = 128 * 1024 * 1024
    """Of the scratch, which lies in memory."""
    disk_files: int = 20_000
    output_bytes: int = 1024 * 1024
    """Of stdout and stderr together."""
    open_files: int = 256


@dataclass(frozen=True)
class Program:
    """What is to be executed. ``argv`` is looked up in the sandbox's own ``PATH``."""

    argv: tuple[str, ...]
    files: Path
    """A room, or a folder in one, that the program sees as ``/submission``. It must hold no links that lead
    out of it."""
    stdin: bytes = b""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Beside ``PATH``, ``HOME``, ``TMPDIR`` and ``LANG``; nothing of the worker's own environment."""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Run:
    """What became of a program."""

    ending: Ending
    exit_code: int | None
    """As a shell has it: 128 and the signal's number if a signal ended it; ``None`` if a limit did."""
    stdout: bytes
    stderr: bytes
    """Both as far as they fit into ``output_bytes``."""
    seconds: float
    peak_memory_bytes: int
    """The most that was seen in use at once; short-lived peaks are not seen."""
    enforced_by: str
    """What held the program, e.g. ``bubblewrap, rlimits, seccomp``."""

    @property
    def succeeded(self) -> bool:
        """True if it ended by itself with exit code 0."""
        return self.ending is Ending.EXITED and self.exit_code == 0


class Sandbox(Protocol):
    """Executes programs. Nothing of a run is left when ``run`` returns or is cancelled."""

    @property
    def name(self) -> str:
        """Which back end this is."""
        ...

    def room(self, evaluation_id: UUID) -> AbstractAsyncContextManager[Path]:
        """A new folder for the files of an evaluation's programs, for the length of the block.

        Raises ``SandboxFailed``, or ``SandboxMissing`` where there is no back end.
        """
        ...

    async def run(self, program: Program) -> Run:
        """Execute ``program``. Raises ``SandboxFailed``, or ``SandboxMissing`` where there is no back end."""
        ...


class NoSandbox:
    """Refuses everything: without a back end nothing is executed."""

    name = "none"

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def room(self, evaluation_id: UUID) -> AbstractAsyncContextManager[Path]:
        """Raises ``SandboxMissing``, always."""
        raise SandboxMissing(self.reason)

    async def run(self, program: Program) -> Run:
        """Raises ``SandboxMissing``, always."""
        raise SandboxMissing(self.reason)
