"""``stack.json``: what a running stack tells other commands about itself (mode 0600: it has secrets)."""

import contextlib

import psutil
from pydantic import BaseModel, ValidationError

from joust_embedded.errors import StackError
from joust_embedded.layout import Layout, write_private
from joust_embedded.lock import holder
from joust_embedded.settings import EmbeddedSettings

END_SECONDS = 5.0


class ProcessRecord(BaseModel):
    """One process; ``created`` tells it from a later one with the same pid."""

    pid: int
    created: float


class StackState(BaseModel):
    """A running stack: processes by name, ports by name, environment by service."""

    supervisor_pid: int
    started: bool = False
    host: str
    ports: dict[str, int]
    processes: dict[str, ProcessRecord] = {}
    environments: dict[str, dict[str, str]]
    database_dsn: str
    kafka_bootstrap: str
    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str

    def save(self, layout: Layout) -> None:
        """Write the file."""
        write_private(layout.state_file, self.model_dump_json(indent=1))


def record(pid: int) -> ProcessRecord | None:
    """Identity of a process that runs now."""
    try:
        return ProcessRecord(pid=pid, created=psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def read_running(settings: EmbeddedSettings) -> tuple[Layout, StackState]:
    """State of the stack on the data folder. Raises StackError when none is running."""
    layout = Layout(settings.data_dir)
    state = _read(layout)
    if state is None or holder(layout.lock_file) is None:
        raise StackError(f"No stack is running on {layout.root}. Start one with `joust up`.")
    return layout, state


def end_leftovers(layout: Layout) -> None:
    """End what a killed supervisor left behind; only where the kernel could not do it already."""
    state = _read(layout)
    processes = [found for item in (state.processes.values() if state else ()) if (found := _alive(item))]
    _, alive = psutil.wait_procs(processes, timeout=END_SECONDS)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=END_SECONDS)


def _alive(item: ProcessRecord) -> psutil.Process | None:
    try:
        process = psutil.Process(item.pid)
        return process if abs(process.create_time() - item.created) < 1 else None
    except psutil.Error:
        return None


def _read(layout: Layout) -> StackState | None:
    try:
        return StackState.model_validate_json(layout.state_file.read_bytes())
    except (OSError, ValidationError):
        return None
