"""``make bench``: rows of the table of measures, each beside the least that the machine could do in the same run.

``make bench ARGS="--rows read write relay chain"`` chooses rows; ``--curves`` draws growth curves into
``docs/performance/`` and writes its page.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import asyncpg
import uvloop
from rich.console import Console

from joust_embedded.settings import EmbeddedSettings
from joust_embedded.stack import Stack
from tests.conftest import FOR_TESTS
from tests.performance import report
from tests.performance.bench import Bench
from tests.performance.footprint import memory_by_process
from tests.performance.rows import (
    artifacts,
    chain,
    container,
    drops,
    leaderboard,
    ledger,
    queue,
    read,
    relay,
    search,
    streams,
    uploads,
    webhooks,
    write,
)
from tests.performance.tables import make_tables
from tests.support.arena import Arena

ROWS = {
    "read": read,
    "write": write,
    "relay": relay,
    "chain": chain,
    "queue": queue,
    "leaderboard": leaderboard,
    "ledger": ledger,
    "streams": streams,
    "search": search,
    "artifacts": artifacts,
    "uploads": uploads,
    "container": container,
    "webhooks": webhooks,
    "drops": drops,
}


def main() -> None:
    """Start a stack, measure, print, and write ``bench-results/<row>.json``."""
    options = _options()
    os.environ.update(FOR_TESTS)
    console = Console(width=120)
    with tempfile.TemporaryDirectory() as folder:
        settings = EmbeddedSettings(
            data_dir=Path(folder) / "stack",
            gateway_port=0,
            postgres_preload_libraries="pg_stat_statements",
        )
        with Stack.running(settings):
            console.print("first start done (empty data folder); starting again to time it")
        began = time.monotonic()
        with Stack.running(settings) as stack:
            ready_seconds = time.monotonic() - began
            console.print(f"stack ready in {ready_seconds:.1f} s (data folder existed)")
            for name, megabytes in memory_by_process(stack).items():
                console.print(f"  {name:<12}{megabytes:7.0f} MB resident")
            # As the services have it: the client takes less of the cores that it shares with them.
            uvloop.run(_measure_rows(stack, options, console))
    if options.curves:
        report.write_page()  # with what was measured without a curve


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=tuple(ROWS), help="rows to measure (all)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of floor, peer and Joust in turn (5)")
    parser.add_argument("--seconds", type=float, default=2, help="length of one party's turn (2)")
    parser.add_argument("--clients", type=int, default=16, help="connections of a closed loop (16)")
    parser.add_argument("--backlog", type=int, default=5000, help="outbox rows of one drain (5000)")
    parser.add_argument("--curves", action="store_true", help="draw growth curves, write docs/performance/")
    return parser.parse_args()


async def _measure_rows(stack: Stack, options: argparse.Namespace, console: Console) -> None:
    chosen = [ROWS[name] for name in ROWS if name in options.rows]
    if not chosen:
        return
    arena = Arena(stack)
    database = await asyncpg.connect(stack.database_dsn)
    try:
        await database.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        poster = await arena.sign_up("Poster", cents=100_000)
        task = await arena.open_task(poster)
        tables = await make_tables(database, task["id"])
        bench = Bench(
            stack=stack,
            database=database,
            console=console,
            poster=poster,
            tables=tables,
            rounds=options.rounds,
            seconds=options.seconds,
            clients=options.clients,
            backlog=options.backlog,
        )
        for row in chosen:
            result = await row.measure(bench)
            result.show(console)
            result.write()
        for row in chosen if options.curves else ():
            for curve in await row.curves(bench):
                report.write_picture(curve)
                console.print(f"drawn: {curve.name}")
            # After each row: what is there is kept, should a later one fail.
            report.write_page()
    finally:
        await database.close()
        await arena.close()


if __name__ == "__main__":
    main()
