"""Looks for a sandbox's processes among those of this machine."""

import asyncio
from collections.abc import Callable
from pathlib import Path


def sleepers(marker: str) -> list[str]:
    """Processes that sleep for ``marker`` seconds."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if command[:2] == [b"sleep", marker.encode()]:
            found.append(path.parent.name)
    return found


def descendants(pid: int) -> list[int]:
    """All processes below one."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        below = [int(each) for task in tasks for each in (task / "children").read_text().split()]
    except OSError:
        return []
    return [each for child in below for each in (child, *descendants(child))]


def is_there(pid: int) -> bool:
    """False once a process has ended, also if nobody has asked how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait for a condition, at most for ``seconds``."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)
