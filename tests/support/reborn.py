"""Runs a service again and again, each time in a child that is forked when the imports are done.

``python reborn.py -m joust_task serve`` is ``python -m joust_task serve`` with one difference: after a SIGKILL
the next life begins at once, with none of the state of the last one, and without the seconds of processor time
that imports take. A test that kills hundreds of times can't afford them. Any other end is the end.
"""

import ctypes
import os
import signal
import sys
from importlib import import_module
from types import FrameType

PR_SET_PDEATHSIG = 1


def live(module: str, arguments: list[str]) -> None:
    """Run ``module``'s command line in lives that follow each other; returns never."""
    command_line = import_module(f"{module}.app").cli
    parent, life = os.getpid(), 0

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if life:
            os.kill(life, number)

    signal.signal(signal.SIGTERM, pass_on)
    while True:
        life = os.fork()
        if life == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() == parent:
                command_line(arguments)
            sys.exit()
        code = os.waitstatus_to_exitcode(os.waitpid(life, 0)[1])
        if code != -signal.SIGKILL:
            sys.exit(abs(code))


if __name__ == "__main__":
    live(sys.argv[2], sys.argv[3:])
