"""What every row is given: a stack, connections, and how long to measure."""

from dataclasses import dataclass

import asyncpg
from rich.console import Console

from joust_embedded.bounty.client import Party
from joust_embedded.stack import Stack
from tests.performance.tables import BenchTables


@dataclass(frozen=True)
class Bench:
    """A run."""

    stack: Stack
    database: asyncpg.Connection
    """As superuser."""
    console: Console
    poster: Party
    tables: BenchTables
    rounds: int
    seconds: float
    """Length of one party's turn."""
    clients: int
    """Connections of a closed loop."""
    backlog: int
    """Outbox rows of one drain."""

    @property
    def gateway(self) -> str:
        """Address of Joust's API."""
        return self.stack.urls["gateway"]

    @property
    def authorization(self) -> str:
        """The poster's header."""
        return str(self.poster.http.headers["Authorization"])

    def pids(self, *services: str) -> list[int]:
        """Processes of services."""
        return [self.stack.pid(name) for name in services]
