"""One process that plays seeds, one after the other, and prints a result a line: see ``campaign``."""

import json
import logging
import os
import signal
import sys
from contextlib import nullcontext
from dataclasses import asdict

import structlog

from tests.simulation.bugs import BUGS
from tests.simulation.factory import Factory
from tests.simulation.run import run


def main() -> None:
    """Arguments as JSON: dsn, seeds, told, bug (a key of ``BUGS``, or empty)."""
    wanted = json.loads(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    factory = Factory(wanted["dsn"])
    # Whatever is made lazily is made now, so that a seed goes the same way whether it is the first or not.
    run(0, factory, faultless=True)
    factory.settle_down()
    with BUGS[wanted["bug"]]() if wanted["bug"] else nullcontext():
        for seed in wanted["seeds"]:
            result = run(seed, factory, told=wanted["told"])
            print(json.dumps(asdict(result)), flush=True)
            if wanted["bug"] and result.problem:
                break
    # Coroutines of worlds that were abandoned would complain at a tidy end.
    os._exit(0)


if __name__ == "__main__":
    main()
