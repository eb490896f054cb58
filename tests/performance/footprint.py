"""Memory of the stack's processes."""

import psutil

from joust_embedded.settings import PARTS, SERVICES
from joust_embedded.stack import Stack


def memory_by_process(stack: Stack) -> dict[str, float]:
    """Resident megabytes of each part and service, with its children."""
    return {name: _resident_mb(stack.pid(name)) for name in (*PARTS, *SERVICES)}


def _resident_mb(pid: int) -> float:
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    # Children of PostgreSQL share its buffers: the unique part of each is what it costs.
    unique = sum(member.memory_full_info().uss for member in family)
    return unique / 1e6
