"""Watches what the processes of a sandbox use, where the kernel's own limits hold each process alone."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from joust_evaluation.sandbox.base import SCRATCH, Ending, Limits

_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a path inside of the sandbox
_OWN_THREADS = 1
"""Of the process that bubblewrap keeps in the sandbox."""


@dataclass(frozen=True)
class Usage:
    """What a sandbox uses at a moment."""

    memory_bytes: int = 0
    threads: int = 0
    disk_bytes: int = 0
    disk_files: int = 0
    disk_is_full: bool = False


def look(root_pid: int, limits: Limits) -> Usage:
    """Usage of a process and all below it; zeros once they are gone. Reads ``/proc``, so call it in a
    thread."""
    processes = list(_tree(root_pid))
    memory, threads = 0, 0
    for process in processes:
        of_process, in_process = _resident(process)
        memory += of_process
        threads += in_process
    if memory > limits.memory_bytes:
        # Pages that processes share were counted for each; this costs more, and is exact.
        memory = sum(map(_proportional, processes))
    disk_bytes, disk_files, is_full = _scratch(root_pid, limits)
    return Usage(memory, max(0, threads - _OWN_THREADS), disk_bytes, disk_files, is_full)


def exceeded(usage: Usage, limits: Limits) -> Ending | None:
    """The limit that is reached, if one is."""
    if usage.memory_bytes > limits.memory_bytes:
        return Ending.MEMORY
    if usage.threads >= limits.processes:
        return Ending.PROCESSES
    if usage.disk_is_full or usage.disk_files > limits.disk_files:
        return Ending.DISK
    return None


def _tree(root_pid: int) -> Iterator[Path]:
    waiting = [str(root_pid)]
    seen: set[str] = set()
    while waiting:
        pid = waiting.pop()
        if pid in seen:
            continue
        seen.add(pid)
        process = Path("/proc", pid)
        yield process
        with suppress(OSError):
            for thread in os.listdir(process / "task"):
                with suppress(OSError):
                    waiting += (process / "task" / thread / "children").read_text().split()


def _resident(process: Path) -> tuple[int, int]:
    """Bytes of memory that are not of a file, and threads."""
    fields: dict[str, int] = {}
    with suppress(OSError):
        for line in (process / "status").read_text(errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name in {"RssAnon", "RssShmem", "Threads"}:
                fields[name] = int(value.split()[0])
    return 1024 * (fields.get("RssAnon", 0) + fields.get("RssShmem", 0)), fields.get("Threads", 0)


def _proportional(process: Path) -> int:
    total = 0
    with suppress(OSError):
        for line in (process / "smaps_rollup").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in {"Pss_Anon", "Pss_Shmem"}:
                total += 1024 * int(value.split()[0])
    return total


def _scratch(root_pid: int, limits: Limits) -> tuple[int, int, bool]:
    """Bytes and files in the places in which a program may write, and whether the scratch is full."""
    disk_bytes, disk_files, is_full = 0, 0, False
    for place in (SCRATCH, _SHARED_MEMORY):
        with suppress(OSError):
            found = os.statvfs(f"/proc/{root_pid}/root{place}")
            if found.f_blocks * found.f_frsize > limits.disk_bytes + found.f_frsize:
                continue  # the sandbox is being built, and this is still the machine's
            disk_bytes += (found.f_blocks - found.f_bfree) * found.f_frsize
            disk_files += found.f_files - found.f_ffree
            is_full = is_full or found.f_bfree == 0
    return disk_bytes, disk_files, is_full
