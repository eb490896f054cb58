"""Looking at a running stack, and stopping it, from another process."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import psutil

from joust_embedded.errors import StackError
from joust_embedded.health import http_status, tcp_open
from joust_embedded.layout import Layout
from joust_embedded.lock import holder
from joust_embedded.settings import PARTS, SERVICES, EmbeddedSettings
from joust_embedded.state import StackState, read_running

STOP_LIMIT_SECONDS = 60.0


@dataclass(frozen=True)
class ProcessStatus:
    """One line of ``joust status``; memory is of the process and all that it started."""

    name: str
    pid: int | None
    memory_mb: float
    port: int
    ready: bool


def statuses(settings: EmbeddedSettings) -> list[ProcessStatus]:
    """Every part and service of the running stack. Raises StackError when none runs."""
    _, state = read_running(settings)
    names = [name for name in (*PARTS, *state.environments) if name in state.processes]

    async def ask() -> list[bool]:
        return await asyncio.gather(*(_is_ready(state, name) for name in names))

    return [_status(state, name, ready) for name, ready in zip(names, asyncio.run(ask()), strict=True)]


def environment(settings: EmbeddedSettings, service: str) -> dict[str, str]:
    """The ``JOUST_*`` variables of a service of the running stack."""
    _, state = read_running(settings)
    if service not in state.environments:
        raise StackError(f"No such service: {service}. There are {', '.join(SERVICES)}.")
    return state.environments[service]


def become_service_command(settings: EmbeddedSettings, service: str, arguments: Sequence[str]) -> NoReturn:
    """Turn this process into ``python -m joust_<service> ARGUMENTS``, with that service's environment."""
    variables = os.environ | environment(settings, service)
    os.execve(sys.executable, [sys.executable, "-m", f"joust_{service}", *arguments], variables)  # noqa: S606


def run_service_command(settings: EmbeddedSettings, service: str, arguments: Sequence[str]) -> None:
    """Run ``python -m joust_<service> ARGUMENTS`` to its end. Raises StackError if it fails."""
    variables = os.environ | environment(settings, service)
    done = subprocess.run([sys.executable, "-m", f"joust_{service}", *arguments], env=variables, check=False)
    if done.returncode != 0:
        raise StackError(f"{service} {' '.join(arguments)} ended with {done.returncode}.")


def stop_running(settings: EmbeddedSettings) -> None:
    """Ask the supervisor to stop everything and wait for it. Raises StackError when it takes too long."""
    layout, state = read_running(settings)
    os.kill(state.supervisor_pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_LIMIT_SECONDS
    while holder(layout.lock_file) is not None:
        if time.monotonic() > deadline:
            raise StackError(
                f"The supervisor (pid {state.supervisor_pid}) did not stop within {STOP_LIMIT_SECONDS:g} s. "
                f"`kill -9 {state.supervisor_pid}` ends it and everything that it started."
            )
        time.sleep(0.05)


def log_file(settings: EmbeddedSettings, name: str) -> Path:
    """Log of a part, a service or the supervisor. Raises StackError when there is none of that name."""
    layout = Layout(settings.data_dir)
    path = layout.log(name)
    if not path.is_file():
        names = ", ".join(sorted(log.stem for log in layout.logs.glob("*.log"))) or "none yet"
        raise StackError(f"There is no log of {name} in {layout.logs}. There are: {names}.")
    return path


def follow(path: Path, lines: int, poll_seconds: float = 0.2) -> Iterator[str]:
    """The last ``lines`` of a file and then what is appended, without a gap between the two, for ever."""
    with path.open(errors="replace") as file:
        yield from deque(file, maxlen=lines)
        while True:
            text = file.read()
            if text:
                yield text
            else:
                time.sleep(poll_seconds)


def _status(state: StackState, name: str, ready: bool) -> ProcessStatus:
    item = state.processes[name]
    try:
        process = psutil.Process(item.pid)
        family = [process, *process.children(recursive=True)]
        memory = sum(_resident(member) for member in family) / 1_000_000
        return ProcessStatus(name, item.pid, memory, state.ports[name], ready)
    except psutil.NoSuchProcess:
        return ProcessStatus(name, None, 0, state.ports[name], ready=False)


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


async def _is_ready(state: StackState, name: str) -> bool:
    if name in PARTS:
        return await tcp_open(state.host, state.ports[name])
    return await http_status(state.host, state.ports[name], "/readyz") == 200
