"""What happened in a run, one line for each step, the same each time for the same seed."""

import hashlib
import re
from collections.abc import Mapping

from tests.simulation.loop import Process

GIVEN_NAME = re.compile(r"__asyncpg_\w+__")
"""asyncpg counts through all connections of its process."""


class Trace:
    """Lines with time, process and step. ``told`` prints them as they come."""

    def __init__(self, *, told: bool = False) -> None:
        self.lines: list[str] = []
        self._told = told
        self._printed = 0

    def add(self, seconds: float, process: Process | None, text: str) -> None:
        """Remember a step."""
        name = process.name if process is not None else "world"
        self.tell()
        self.lines.append(f"{seconds:12.4f}  {name:<14} {GIVEN_NAME.sub('', text)}")

    def amend(self, text: str) -> None:
        """Say more of the last step."""
        self.lines[-1] += text

    def tell(self) -> None:
        """Print what has not been printed, if this shall be told at all."""
        if self._told and self._printed < len(self.lines):
            print(*self.lines[self._printed :], sep="\n", flush=True)
            self._printed = len(self.lines)

    def digest(self) -> str:
        """Two runs with the same digest went the same way."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()[:16]


def digest_of_all(digests: Mapping[int, str]) -> str:
    """Two campaigns with the same digest, of digests by seed, went the same way in every seed."""
    lines = (f"{seed} {digest}" for seed, digest in sorted(digests.items()))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def short_digest(content: bytes) -> str:
    """Enough to see whether two contents differ."""
    return hashlib.sha256(content).hexdigest()[:6]
