"""Plays many seeds in several worker processes, each with a database of its own."""

import asyncio
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.simulation import database
from tests.simulation.run import Result

_ROOT = Path(__file__).parent.parent.parent
_ENVIRONMENT = {"PYTHONHASHSEED": "0", "PGSSLMODE": "disable", "PYTHONPATH": str(_ROOT)}


class Campaign:
    """Makes databases like a template, and plays seeds on them."""

    def __init__(self, dsn: str, template: str) -> None:
        self._dsn = dsn
        self._template = template
        self._lock = threading.Lock()
        self._made = 0
        self._free: list[str] = []

    def play(
        self,
        seeds: Sequence[int],
        *,
        seeds_by_bug: Mapping[str, Sequence[int]] = MappingProxyType({}),
        workers: int = 2,
    ) -> Iterator[Result]:
        """Results as they come; then those with each of the bugs planted, up to the first seed that finds it."""
        bugs = list(seeds_by_bug)
        shares = [
            {"": seeds[number::workers], **{bug: seeds_by_bug[bug] for bug in bugs[number::workers]}}
            for number in range(workers)
        ]
        return self._results([share for share in shares if any(share.values())])

    def tell(self, seed: int) -> Result:
        """Play one seed and print its trace."""
        with self._database() as dsn:
            *_, last = _worker({"dsn": dsn, "plays": {"": [seed]}, "told": True}, partial(print, flush=True))
        return last

    def _results(self, shares: Sequence[dict[str, Sequence[int]]]) -> Iterator[Result]:
        results: queue.SimpleQueue[Result | None] = queue.SimpleQueue()

        def work(share: dict[str, Sequence[int]]) -> None:
            plays = {bug: list(seeds) for bug, seeds in share.items()}
            try:
                with self._database() as dsn:
                    for result in _worker({"dsn": dsn, "plays": plays, "told": False}):
                        results.put(result)
            finally:
                results.put(None)

        with ThreadPoolExecutor(len(shares)) as pool:
            working = [pool.submit(work, share) for share in shares]
            for _ in working:
                while (result := results.get()) is not None:
                    yield result
            for each in working:
                each.result()

    @contextmanager
    def _database(self) -> Iterator[str]:
        with self._lock:
            if not self._free:
                self._made += 1
                self._free.append(database.copy(self._dsn, self._template, f"{self._template}_{self._made}"))
            dsn = self._free.pop()
        yield dsn
        self._free.append(dsn)


@contextmanager
def campaign(dsn: str) -> Iterator[Campaign]:
    """A campaign on the server at ``dsn``; its databases are dropped at the end. Not within an event loop."""
    template = f"simulation_{os.getpid()}"
    database.make_template(dsn, template)
    made = Campaign(dsn, template)
    try:
        yield made
    finally:
        names = [template, *(f"{template}_{number + 1}" for number in range(made._made))]
        asyncio.run(database.drop(dsn, names))


def _worker(wanted: dict[str, Any], tell: Callable[[str], None] = lambda line: None) -> Iterator[Result]:
    command = [sys.executable, "-m", "tests.simulation.worker", json.dumps(wanted)]
    environment = {**os.environ, **_ENVIRONMENT}
    with subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("{"):
                yield Result(**json.loads(line))
            else:
                tell(line.rstrip("\n"))
    if process.returncode:
        raise RuntimeError(f"a worker of the simulation ended with {process.returncode}")
