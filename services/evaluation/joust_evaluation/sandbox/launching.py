"""Becomes what a worker wants to be begun: a program by itself, of the standard library alone.

It is small, so that it forks at little cost, and forks before it is asked: a child waits for the next request
with all that it needs at hand, puts the limits around itself and becomes the command. Commands in front of
bubblewrap, or a fork of the worker, would each cost a fifth of a sandbox or more. It ends with its worker,
and all that it has begun is told of its end (``bwrap --die-with-parent``).
"""

import gc
import json
import os
import resource
import select
import signal
import socket
import sys
from typing import Any, NoReturn

MAX_REQUEST_BYTES = 200_000
MAX_DESCRIPTORS = 8
BEGUN, ENTERED = b"begun", b"entered"
"""Its answers to the two kinds of requests; the first comes with a handle of the process."""
NOT_BEGUN = 125
"""The exit code of a child that could not become the command; why is on its standard error."""
_IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


def main(descriptor: int) -> None:
    """Have a child that waits, until the other end is closed."""
    gc.disable()
    os.set_inheritable(descriptor, False)
    control = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGCHLD, _reap)
    own = os.getpid()
    while not _is_closed(control):
        waits, begins = os.pipe()
        if os.fork() == 0:
            os.close(waits)
            _serve(control, own)
        os.close(begins)
        # The child's end closes by itself when it becomes the command, or ends.
        os.read(waits, 1)
        os.close(waits)


def _is_closed(control: socket.socket) -> bool:
    poll = select.poll()
    poll.register(control, 0)
    return bool(poll.poll(0))


def _reap(_number: int, _frame: object) -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _serve(control: socket.socket, launcher: int) -> NoReturn:
    try:
        for each in _IGNORED_BY_PYTHON:
            signal.signal(each, signal.SIG_DFL)
        os.setsid()
        inside: list[str] = []
        while True:
            message, descriptors, _, _ = socket.recv_fds(control, MAX_REQUEST_BYTES, MAX_DESCRIPTORS)
            # Without its launcher it would not be told of the worker's end.
            if not message or os.getppid() != launcher:
                break
            request = json.loads(message)
            if "command" in request:
                # A handle from within is of this process for certain, however late it is used.
                socket.send_fds(control, [BEGUN], [os.pidfd_open(os.getpid())])
                _become(request, descriptors, inside)
                break
            said = _enter(request["enters"])
            inside = request["enters"] if said == ENTERED else []
            control.send(said)
    finally:
        os._exit(NOT_BEGUN)


def _enter(doors: list[str]) -> bytes:
    try:
        for file in doors:
            door = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
            os.write(door, b"0")
            os.close(door)
    except OSError as error:
        return repr(error).encode()
    return ENTERED


def _become(request: dict[str, Any], descriptors: list[int], inside: list[str]) -> None:
    # They came in ascending order and after the standard ones, so none is overwritten before its turn.
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.set_inheritable(descriptor, False)
    try:
        if request["enters"] != inside and (said := _enter(request["enters"])) != ENTERED:
            raise ValueError(said)
        for name, both in request["rlimits"].items():
            resource.setrlimit(getattr(resource, f"RLIMIT_{name.upper()}"), tuple(both))
        if (user := request["user"]) is not None:
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
        command = request["command"]
        os.execve(command[0], command, {})  # noqa: S606 - what it is for
    except (OSError, ValueError) as error:
        os.write(2, repr(error).encode())


if __name__ == "__main__":
    main(int(sys.argv[1]))
