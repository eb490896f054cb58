"""How the limits of a program are told to the kernel, whichever back end asks it. No I/O."""

from collections.abc import Mapping

from joust_evaluation.containers.confinement import SHARED_MEMORY_BYTES
from joust_evaluation.sandbox.base import Limits

_STACK_BYTES = 8 * 1024 * 1024


def of_each_process(limits: Limits) -> Mapping[str, tuple[int, int]]:
    """Soft and hard rlimits by their names, which ``prlimit`` and engines share."""
    # Of a thread's stack little is used, but the kernel counts all of it; what is used is held elsewhere.
    data_bytes = limits.memory_bytes + limits.processes * _STACK_BYTES
    return {
        "data": (data_bytes, data_bytes),
        "stack": (_STACK_BYTES, _STACK_BYTES),
        "fsize": (limits.file_bytes, limits.file_bytes),
        "nofile": (limits.open_files, limits.open_files),
        # At the first a program is told, by the second it is killed.
        "cpu": (limits.cpu_seconds, limits.cpu_seconds + 1),
        "core": (0, 0),
        "memlock": (0, 0),
    }


def memory_of_all(limits: Limits) -> int:
    """Bytes for all processes of a program together, with their scratch and shared memory, which the kernel
    counts as memory."""
    return limits.memory_bytes + limits.disk_bytes + SHARED_MEMORY_BYTES
