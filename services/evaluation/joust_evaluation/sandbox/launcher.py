"""A worker's own launcher of sandboxes (``launching.py``), and what it is asked."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from joust_evaluation.sandbox import launching

_ANSWER_SECONDS = 10.0
_ANSWER_BYTES = 1000
_END_SECONDS = 10.0


@dataclass(frozen=True)
class Launch:
    """What is to be begun, and how it is held from its beginning."""

    command: Sequence[str]
    enters: Sequence[Path]
    """Files to which a process writes in order to be in a cgroup."""
    rlimits: Mapping[str, tuple[int, int]]
    user: int | None
    """Its user and only group; ``None`` for the worker's own."""
    descriptors: Sequence[int]
    """What it has as 0, 1, 2 and so on."""


class Handle:
    """A process, also after its number has become another's."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        """Can be read from once the process has ended."""
        return self._descriptor

    def ends_within(self, seconds: float) -> bool:
        """True as soon as it has ended, false if that takes longer."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def kill(self) -> None:
        """End it, if it has not ended."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def close(self) -> None:
        """Give the handle up."""
        os.close(self._descriptor)


class Launcher:
    """Begins commands by a process of its own, which is there from the first on. For several threads."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._turn = threading.Lock()

    def prepare(self, enters: Sequence[Path]) -> None:
        """Have the process that begins the next command be in a cgroup beforehand: to move one may take the
        kernel long. Raises ``OSError``."""
        with self._turn:
            try:
                said, _ = self._told(json.dumps({"enters": [str(each) for each in enters]}).encode(), ())
            except OSError:
                self._end()
                raise
        if said != launching.ENTERED:
            raise OSError(said.decode(errors="replace"))

    def launch(self, wanted: Launch) -> Handle:
        """Begin it. Raises ``OSError``."""
        message = json.dumps(
            {
                "command": wanted.command,
                "enters": [str(each) for each in wanted.enters],
                "rlimits": wanted.rlimits,
                "user": wanted.user,
            }
        ).encode()
        if len(message) > launching.MAX_REQUEST_BYTES:
            raise OSError("the command is too long")
        with self._turn:
            try:
                return self._asked(message, wanted.descriptors)
            except OSError:
                # It has ended, or will: whatever it began ends with it.
                self._end()
                return self._asked(message, wanted.descriptors)

    def close(self) -> None:
        """End it, and with it all that it has begun."""
        with self._turn:
            self._end()

    def _asked(self, message: bytes, descriptors: Sequence[int]) -> Handle:
        said, handle = self._told(message, descriptors)
        if handle is None:
            raise OSError(said.decode(errors="replace"))
        return handle

    def _told(self, message: bytes, descriptors: Sequence[int]) -> tuple[bytes, Handle | None]:
        control = self._started()
        socket.send_fds(control, [message], descriptors)
        said, handles, _, _ = socket.recv_fds(control, _ANSWER_BYTES, 1)
        if not said:
            raise ConnectionResetError("the launcher of sandboxes has ended")
        for handle in handles:
            os.set_inheritable(handle, False)
        return said, Handle(handles[0]) if handles else None

    def _started(self) -> socket.socket:
        if self._control is None:
            self._control, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._control.settimeout(_ANSWER_SECONDS)
            self._control.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * launching.MAX_REQUEST_BYTES)
            with other:
                self._process = subprocess.Popen(  # noqa: S603 - it is ours
                    [sys.executable, "-I", "-S", "-X", "utf8", launching.__file__, str(other.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    env={},
                    pass_fds=[other.fileno()],
                    start_new_session=True,
                )
        return self._control

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait(_END_SECONDS)
        self._control = self._process = None
