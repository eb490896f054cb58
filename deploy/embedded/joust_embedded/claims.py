"""Ports that stacks of this user have chosen: nobody else's choice while their process starts or restarts."""

import fcntl
import os
import tempfile
from pathlib import Path


class PortClaims:
    """Locks on a file for each port, which the kernel drops when their holder dies."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Path(tempfile.gettempdir()) / f"joust-ports-{os.getuid()}"
        self._held: dict[int, int] = {}

    def take(self, port: int) -> bool:
        """Claim a port. False when another stack has it."""
        if port in self._held:
            return True
        self._folder.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(self._folder / str(port), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._held[port] = descriptor
        return True

    def release(self) -> None:
        """Give all ports back."""
        for descriptor in self._held.values():
            os.close(descriptor)
        self._held.clear()
