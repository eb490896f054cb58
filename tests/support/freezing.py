"""Stops a process of the stack in its tracks: it keeps its connections and answers nobody."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """SIGSTOP for ``pid`` and all its children, whatever their group, until the block ends."""
    stopped = [pid]
    os.kill(pid, signal.SIGSTOP)
    try:
        for place, parent in enumerate(stopped, start=1):
            for child in _children(parent):
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGSTOP)
                    stopped.insert(place, child)
        yield
    finally:
        for each in stopped:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGCONT)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid:
                found.append(int(stat.parent.name))
    return found
