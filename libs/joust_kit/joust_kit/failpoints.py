"""Named places between two side effects, at which a test can kill the process.

Code says ``if __debug__: failpoint("after_send_before_delete")``. Python that optimises (``python -O``, as in
production) compiles that away. Otherwise a call does nothing, unless the environment arms it:
``JOUST_FAILPOINTS`` names the folder of a plan, in which

- ``<service>/<name>`` is there for each failpoint that is armed in a service. Its size in bytes is the number
  of hits so far, of all processes and of their successors. Several services share a count by hard links.
- ``deadly_hits`` says at which hits the process is killed, e.g. ``1 2 10``.
- ``kills`` gets a line for each kill: service, failpoint, hit.
"""

import os
import signal
from functools import cache
from pathlib import Path

VARIABLE = "JOUST_FAILPOINTS"


class _Plan:
    """The folder of a plan, as one service sees it."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self.service = ""

    def reach(self, name: str) -> None:
        """Count a hit, if the failpoint is armed, and end this process if the hit is a deadly one."""
        try:
            file = os.open(self._folder / self.service / name, os.O_WRONLY | os.O_APPEND)
        except FileNotFoundError:
            return
        os.write(file, b".")
        # An append and its position are one step, so no two hits have the same number.
        hit = os.lseek(file, 0, os.SEEK_CUR)
        os.close(file)
        if str(hit) in (self._folder / "deadly_hits").read_text().split():
            with (self._folder / "kills").open("a") as kills:
                kills.write(f"{self.service} {name} {hit}\n")
            os.kill(os.getpid(), signal.SIGKILL)


@cache
def _plan() -> _Plan | None:
    folder = os.environ.get(VARIABLE)
    return _Plan(folder) if folder else None


def failpoint(name: str) -> None:
    """A place between two side effects; ``name`` is a literal that no other place has.

    Does nothing unless the environment has ``JOUST_FAILPOINTS``; write ``if __debug__:`` before it.
    """
    if (plan := _plan()) is not None:
        plan.reach(name)


def name_process(service: str) -> None:
    """Tell which service this process runs; its plan is the one that holds."""
    if (plan := _plan()) is not None:
        plan.service = service
