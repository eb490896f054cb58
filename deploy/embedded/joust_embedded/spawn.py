"""Starting processes that can't outlive the supervisor."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from joust_embedded.os_user import OsUser

_LAUNCHER = str(Path(__file__).with_name("launcher.py"))


async def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    output: IO[bytes] | int,
    stdin: int = asyncio.subprocess.DEVNULL,
    stdout: int | None = None,
    user: OsUser | None = None,
    death_signal: signal.Signals = signal.SIGKILL,
    cwd: str = "/",
) -> asyncio.subprocess.Process:
    """Start a command in a session of its own, so that Ctrl-C reaches the supervisor alone.

    Where Linux allows it the command gets ``death_signal`` when the calling thread ends, however it ends.
    ``output`` takes stderr, and stdout too unless ``stdout`` says otherwise.
    """
    uid, gid = (user.uid, user.gid) if user else (-1, -1)
    numbers = (os.getpid(), int(death_signal), uid, gid)
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", _LAUNCHER, *map(str, numbers)),
        *argv,
        env=dict(env),
        stdin=stdin,
        stdout=output if stdout is None else stdout,
        stderr=output,
        start_new_session=True,
        cwd=cwd,
    )


async def run_to_end(
    argv: Sequence[str], *, env: Mapping[str, str], log: Path, user: OsUser | None = None
) -> int:
    """Run a command that ends by itself, its output appended to ``log``; kill it when cancelled."""
    with log.open("ab") as output:
        process = await spawn(argv, env=env, output=output, user=user)
    try:
        return await process.wait()
    finally:
        await end(process)


async def end(process: asyncio.subprocess.Process) -> None:
    """Kill what is left of a process and its group, and collect it."""
    kill_group(process.pid)
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def kill_group(pid: int) -> None:
    """SIGKILL to every process of the group that ``pid`` leads or led."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def last_lines(path: Path, count: int = 20) -> str:
    """The end of a log file, for error messages."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return "(no log)"
