"""One process that plays seeds, one after the other, and prints a result a line: see ``campaign``."""

import json
import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

import structlog

from tests.simulation.bugs import BUGS, HARMLESS
from tests.simulation.factory import Factory
from tests.simulation.run import Result, run


def main() -> None:
    """Arguments as JSON: dsn, told, and plays: seeds by bug (a key of ``BUGS`` or ``HARMLESS``, or empty)."""
    wanted = json.loads(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    factory = Factory(wanted["dsn"])
    # Whatever is made lazily is made now, so that a seed goes the same way whether it is the first or not.
    if problem := run(0, factory, faultless=True).problem:
        sys.exit(f"without any fault: {problem}")
    factory.settle_down()
    for bug, seeds in wanted["plays"].items():
        play = (
            _hunt(factory, bug, seeds) if bug else (run(seed, factory, told=wanted["told"]) for seed in seeds)
        )
        for result in play:
            print(json.dumps(asdict(replace(result, bug=bug))), flush=True)
    # Coroutines of worlds that were abandoned would complain at a tidy end.
    os._exit(0)


def _hunt(factory: Factory, name: str, seeds: Sequence[int]) -> Iterator[Result]:
    """Seeds with a bug planted, up to the first that finds it."""
    bug = {**BUGS, **HARMLESS}[name]
    for seed in seeds:
        with bug.planted() as calls:
            result = run(seed, factory, faults=bug.faults)
        if idle := [place for place, count in calls.items() if not count]:
            sys.exit(f"{name}: nobody calls {', '.join(idle)} any more, so the bug is not planted")
        yield result
        if result.problem:
            return


if __name__ == "__main__":
    main()
