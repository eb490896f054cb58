"""Becomes another program after tying its life to its parent's.

Run as a plain script (``python -I -S launcher.py PARENT_PID SIGNAL UID GID COMMAND...``), because code run
between fork and exec (``preexec_fn``) is not safe in a process that has threads. A UID of -1 keeps the user.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> None:
    """Drop privileges, ask the kernel for a signal when the parent thread ends, and exec the command."""
    parent, signal_number, uid, gid = (int(value) for value in argv[:4])
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # After the change of user, which clears it.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:
        sys.exit(1)
    os.execvpe(argv[4], argv[4:], os.environ)  # noqa: S606 - becoming the command is the purpose


if __name__ == "__main__":
    main(sys.argv[1:])
