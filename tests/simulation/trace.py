"""What happened in a run, one line for each step, the same each time for the same seed."""

import hashlib
import re

from tests.simulation.loop import Process

_RANDOM = re.compile(r"__asyncpg_\w+__")


class Trace:
    """Lines with time, process and step. ``told`` prints them as they come."""

    def __init__(self, *, told: bool = False) -> None:
        self.lines: list[str] = []
        self._told = told

    def add(self, seconds: float, process: Process | None, text: str) -> None:
        """Remember a step."""
        name = process.name if process is not None else "world"
        line = f"{seconds:12.4f}  {name:<14} {_RANDOM.sub('', text)}"
        self.lines.append(line)
        if self._told:
            print(line, flush=True)

    def digest(self) -> str:
        """Two runs with the same digest went the same way."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()[:16]
