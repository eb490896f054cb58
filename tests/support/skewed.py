"""Runs a service whose clock is wrong, as a file beside the others' says.

``python skewed.py -m joust_task serve`` is ``python -m joust_task serve`` in a process for which it is as many
seconds later as ``$JOUST_TEST_CLOCKS/task`` has, or always the same moment if that begins with ``frozen``. It
looks at the file all the time, so that a clock can be set while the service runs. Durations stay right: setting
a machine's clock does not change ``time.monotonic``.
"""

import os
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import time_machine

VARIABLE = "JOUST_TEST_CLOCKS"
FROZEN = "frozen"
_PAUSE_SECONDS = 0.02


class WrongClock:
    """The clock of this process, as a file has it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._said = ""
        self._traveller: time_machine.travel | None = None

    def set(self) -> None:
        """Set the clock if the file says something new."""
        says = self._file.read_text()
        if says == self._said:
            return
        if self._traveller is not None:
            self._traveller.stop()
        there = datetime.now(UTC) + timedelta(seconds=float(says.removeprefix(FROZEN)))
        self._traveller = time_machine.travel(there, tick=not says.startswith(FROZEN))
        self._traveller.start()
        self._said = says

    def follow(self) -> None:
        """Look again and again; returns never."""
        while True:
            time.sleep(_PAUSE_SECONDS)
            self.set()


def set_clock(folder: Path, service: str, seconds: float, *, frozen: bool = False) -> None:
    """From now on it is so many seconds later for the service, and stays so if ``frozen``."""
    fresh = folder / f".{service}"
    fresh.write_text(f"{FROZEN if frozen else ''}{seconds}")
    fresh.rename(folder / service)


if __name__ == "__main__":
    module = sys.argv[2]
    clock = WrongClock(Path(os.environ[VARIABLE]) / module.removeprefix("joust_"))
    clock.set()  # the service never knows the right time, not even at its start
    threading.Thread(target=clock.follow, daemon=True).start()
    import_module(f"{module}.app").cli(sys.argv[3:])
