"""``make simulate``: plays seeds on a database server of its own, and says how to see a failing one again."""

import argparse
import tempfile
import time
from pathlib import Path

from joust_embedded.settings import EmbeddedSettings
from joust_embedded.stack import Stack
from tests.simulation.campaign import Campaign, campaign
from tests.simulation.trace import digest_of_all


def main() -> int:
    """0 if every seed kept every promise."""
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=300, help="how many to play")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--seed", type=int, help="play this one alone, and print its trace")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--each", action="store_true", help="print the digest of each seed's trace")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = EmbeddedSettings(data_dir=Path(folder), gateway_port=0)
        with Stack.running(settings, services=()) as stack, campaign(stack.database_dsn) as opened:
            if wanted.seed is not None:
                return _tell(opened, wanted.seed)
            seeds = range(wanted.first, wanted.first + wanted.seeds)
            return _play(opened, seeds, wanted.workers, each=wanted.each)


def _tell(opened: Campaign, seed: int) -> int:
    result = opened.tell(seed)
    print(f"\nseed {seed}: {result.problem or 'every promise was kept'}; trace {result.digest}")
    return 1 if result.problem else 0


def _play(opened: Campaign, seeds: range, workers: int, *, each: bool) -> int:
    began = time.monotonic()
    failed = []
    digests: dict[int, str] = {}
    crashes = steps = done = 0
    for result in opened.play(seeds, workers=workers):
        done, crashes, steps = done + 1, crashes + result.crashes, steps + result.steps
        digests[result.seed] = result.digest
        if each:
            print(f"seed {result.seed}: trace {result.digest}", flush=True)
        if result.problem:
            failed.append(result)
            print(f"seed {result.seed}: {result.problem}\n    make simulate SEED={result.seed}", flush=True)
        if done % 25 == 0:
            print(f"{done} of {len(seeds)} seeds, {time.monotonic() - began:.0f} s", flush=True)
    seconds = time.monotonic() - began
    print(
        f"{done} seeds, {steps} steps, {crashes} crashes of services in {seconds:.0f} s; {len(failed)} failed"
    )
    print(f"all traces together: {digest_of_all(digests)}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
