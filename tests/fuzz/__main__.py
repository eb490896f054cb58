"""``make fuzz``: many made-up requests to each operation, on a stack of its own."""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from joust_embedded.settings import EmbeddedSettings
from joust_embedded.stack import Stack
from tests.conftest import FOR_TESTS
from tests.fuzz.campaign import fuzz
from tests.fuzz.ground import prepare
from tests.support.arena import Arena


async def _fuzz(stack: Stack, folder: Path, examples: int, options: list[str]) -> int:
    arena = Arena(stack)
    try:
        ground = await prepare(arena)
        done = await asyncio.to_thread(
            fuzz, ground, arena.url, folder, examples=examples, options=tuple(options)
        )
    finally:
        await arena.close()
    print(done.stdout)
    return done.returncode


def main() -> int:
    """Returns Schemathesis' exit code; what follows the known options is passed on to it."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=500, help="requests to each operation (500)")
    known, options = parser.parse_known_args()
    os.environ.update(FOR_TESTS)
    with tempfile.TemporaryDirectory(prefix="joust-fuzz-") as folder:
        settings = EmbeddedSettings(data_dir=Path(folder) / "stack", gateway_port=0)
        with Stack.running(settings) as stack:
            return asyncio.run(_fuzz(stack, Path(folder), known.examples, options))


if __name__ == "__main__":
    sys.exit(main())
