"""``make bench``: how fast the bounty goes, beside the least that its steps cost in the same run."""

import argparse
import asyncio
import json
import os
import tempfile
import time
from pathlib import Path

from rich.console import Console

from joust_embedded.settings import EmbeddedSettings
from joust_embedded.stack import Stack
from tests.conftest import FOR_TESTS
from tests.performance import chain
from tests.performance.footprint import memory_by_process

RESULTS = Path("bench-results")


def main() -> None:
    """Start a stack, measure, print, and write ``bench-results/chain.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of floor and Joust in turn (5)")
    parser.add_argument("--submissions", type=int, default=20, help="submissions in each round (20)")
    options = parser.parse_args()
    os.environ.update(FOR_TESTS)
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        settings = EmbeddedSettings(data_dir=Path(folder) / "stack", gateway_port=0)
        with Stack.running(settings):
            console.print("first start done (empty data folder); starting again to time it")
        began = time.monotonic()
        with Stack.running(settings) as stack:
            ready_seconds = time.monotonic() - began
            measured = asyncio.run(chain.measure(stack, options.rounds, options.submissions, console))
            memory = memory_by_process(stack)
    console.print(f"\nstack ready in {ready_seconds:.1f} s (data folder existed)")
    for name, megabytes in memory.items():
        console.print(f"  {name:<12}{megabytes:7.0f} MB resident")
    chain.show(measured, console)
    RESULTS.mkdir(exist_ok=True)
    result = {"ready_seconds": ready_seconds, "memory_mb": memory, "chain": measured.as_json()}
    (RESULTS / "chain.json").write_text(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
