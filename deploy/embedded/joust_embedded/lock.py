"""One supervisor for each data folder: a lock that the kernel drops when its holder dies."""

import fcntl
import os
from pathlib import Path

from joust_embedded.errors import StackError


class StackLock:
    """Exclusive lock on a data folder; the file holds the supervisor's pid."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock. Raises StackError when another supervisor has it."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise StackError(
                f"A stack is already running on {self._path.parent} (supervisor pid {holder(self._path)}). "
                "Stop it with `joust down`, or give this one another --data-dir and --gateway-port."
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; does nothing when it isn't held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def holder(path: Path) -> int | None:
    """Pid of the supervisor that holds the lock now, None when nobody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.read(descriptor, 32).decode()
        return int(text) if text.isdigit() else 0
    else:
        return None
    finally:
        os.close(descriptor)
