"""Looks for a sandbox's processes among those of this machine."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path


def sleepers(marker: str) -> list[str]:
    """Processes that sleep for ``marker`` seconds."""
    return [pid for pid, command in _commands() if command[:2] == [b"sleep", marker.encode()]]


def bubblewraps(place: Path) -> list[str]:
    """Processes of the ``bwrap`` that lies below ``place``, and what becomes it."""
    return [pid for pid, command in _commands() if any(word.startswith(bytes(place)) for word in command)]


def _commands() -> Iterator[tuple[str, list[bytes]]]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield path.parent.name, path.read_bytes().split(b"\0")


async def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait for a condition, at most for ``seconds``."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)
