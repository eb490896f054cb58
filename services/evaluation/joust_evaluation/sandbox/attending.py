"""Attends one run of a sandbox to its end: hears what it says, looks at what it uses, and ends it at its
limits, or when nobody waits for it any more. It blocks, so it needs a thread of its own.
"""

import json
import os
import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from joust_evaluation.sandbox import watching
from joust_evaluation.sandbox.base import Ending, Limits, SandboxFailed
from joust_evaluation.sandbox.launcher import Handle
from joust_evaluation.sandbox.reading import Heard
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

STATUS, FILTER = 3, 4
"""By which numbers bubblewrap has its own two descriptors, after those of the program."""
_CHUNK_BYTES = 64 * 1024
_LOOK_SECONDS = 0.05
_START_SECONDS = 10.0
_END_SECONDS = 10.0
_SAID_BYTES = 2000


class Left(Exception):
    """Nobody waits for the run any more."""


class Pipes:
    """Both ends of all that is between a worker and a sandbox."""

    def __init__(self, filter_program: bytes | None) -> None:
        theirs, self.stdin = os.pipe()
        self.given = [theirs]
        """Theirs: standard streams, ``STATUS``, and ``FILTER``."""
        ours: list[int] = []
        for _ in range(3):
            read, written = os.pipe()
            ours.append(read)
            self.given.append(written)
        self.stdout, self.stderr, self.status = ours
        if filter_program is not None:
            # It is read once, from its beginning.
            file = os.memfd_create("filter", os.MFD_CLOEXEC)
            os.write(file, filter_program)
            os.lseek(file, 0, os.SEEK_SET)
            self.given.append(file)
        self._ours = {self.stdin, *ours}

    def hand_over(self) -> None:
        """Close what is given, once somebody has copies of it."""
        while self.given:
            os.close(self.given.pop())

    def close_stdin(self) -> None:
        """Let the program read to the end of its input."""
        self._ours.discard(self.stdin)
        os.close(self.stdin)

    def close(self) -> None:
        """Close what is left open."""
        self.hand_over()
        for each in self._ours:
            os.close(each)


class Attended:
    """A sandbox that was begun: bubblewrap itself is the ``monitor``."""

    def __init__(self, monitor: Handle, pipes: Pipes, leaves: int) -> None:
        self._monitor = monitor
        self._pipes = pipes
        self._leaves = leaves
        """Can be read from once nobody waits any more."""
        self._told = bytearray()
        self.peak_memory_bytes = 0

    @contextmanager
    def met(self) -> Iterator[int]:
        """The number of its first process for the length of the block; afterwards all of it is gone.

        Raises ``SandboxFailed`` or ``Left``.
        """
        try:
            pid = self._child(time.monotonic() + _START_SECONDS)
            root = Handle(os.pidfd_open(pid))
        except (ValueError, KeyError, OSError) as error:
            log.error("sandbox failed", stderr=self._said().decode(errors="replace"))
            raise SandboxFailed("The sandbox could not be set up.") from error
        try:
            yield pid
        finally:
            self._monitor.kill()
            self._monitor.ends_within(_END_SECONDS)
            # The kernel kills all in the namespace with its first process, which dies with its parent.
            if not root.ends_within(_END_SECONDS):
                log.error("a sandbox outlived its parent", pid=pid)
                root.kill()
                root.ends_within(_END_SECONDS)
            root.close()

    def until_its_end(self, pid: int, limits: Limits, given: bytes, heard: Heard) -> Ending | None:
        """The limit that was reached; ``None`` if the program ended by itself. Raises ``Left``."""
        try:
            ending = self._until_its_end(pid, limits, memoryview(given), heard)
        finally:
            # What it left behind goes with it, so both streams end, and what is in them is heard.
            self._monitor.kill()
            self._hear_out(heard)
        return Ending.OUTPUT if heard.flooded.is_set() else ending

    def exit_code(self) -> int | None:
        """What bubblewrap told last; ``None`` if the program was not begun, or was killed."""
        with suppress(BlockingIOError):
            os.set_blocking(self._pipes.status, False)
            while chunk := os.read(self._pipes.status, _CHUNK_BYTES):
                self._told += chunk
        for line in self._told.splitlines():
            with suppress(ValueError, TypeError):
                found = json.loads(line)
                if isinstance(found, dict) and "exit-code" in found:
                    return int(found["exit-code"])
        return None

    def _said(self) -> bytes:
        os.set_blocking(self._pipes.stderr, False)
        with suppress(BlockingIOError):
            return os.read(self._pipes.stderr, _SAID_BYTES)
        return b""

    def _child(self, ends_at: float) -> int:
        poll = select.poll()
        poll.register(self._leaves, select.POLLIN)
        poll.register(self._pipes.status, select.POLLIN)
        while b"\n" not in self._told:
            ready = dict(poll.poll(max(0.0, ends_at - time.monotonic()) * 1000))
            if self._leaves in ready:
                raise Left
            if not ready:
                raise TimeoutError
            chunk = os.read(self._pipes.status, _CHUNK_BYTES)
            if not chunk:
                raise ValueError("it has ended")
            self._told += chunk
        return int(json.loads(self._told.splitlines()[0])["child-pid"])

    def _until_its_end(self, pid: int, limits: Limits, given: memoryview, heard: Heard) -> Ending | None:
        poll, hears = self._hearing(heard)
        poll.register(self._leaves, select.POLLIN)
        poll.register(self._monitor, select.POLLIN)
        if given:
            poll.register(self._pipes.stdin, select.POLLOUT)
            os.set_blocking(self._pipes.stdin, False)
        else:
            self._pipes.close_stdin()
        now = time.monotonic()
        ends_at, looks_at = now + limits.seconds, now + _LOOK_SECONDS
        while (now := time.monotonic()) < ends_at:
            if now >= looks_at:
                usage = watching.look(pid, limits)
                self.peak_memory_bytes = max(self.peak_memory_bytes, usage.memory_bytes)
                if (reached := watching.exceeded(usage, limits)) is not None:
                    return reached
                looks_at = time.monotonic() + _LOOK_SECONDS
            for ready, _ in poll.poll(max(0.0, min(looks_at, ends_at) - time.monotonic()) * 1000):
                if ready == self._leaves:
                    raise Left
                if ready == self._pipes.stdin:
                    given = self._fed(given, poll)
                elif ready in hears:
                    hears[ready](ready, poll)
                else:
                    # Bubblewrap has ended; when, is known by now alone.
                    return None if time.monotonic() < ends_at else Ending.TIME
            if heard.flooded.is_set():
                return Ending.OUTPUT
        return Ending.TIME

    def _fed(self, given: memoryview, poll: select.poll) -> memoryview:
        """What is left of a program's input; one that does not read it misses nothing."""
        with suppress(BlockingIOError):
            try:
                given = given[os.write(self._pipes.stdin, given[:_CHUNK_BYTES]) :]
            except BrokenPipeError:
                given = given[:0]
        if not given:
            poll.unregister(self._pipes.stdin)
            self._pipes.close_stdin()
        return given

    def _hear_out(self, heard: Heard) -> None:
        poll, hears = self._hearing(heard)
        open_streams = len(hears)
        ends_at = time.monotonic() + _END_SECONDS
        while open_streams and (left := ends_at - time.monotonic()) > 0:
            for ready, _ in poll.poll(left * 1000):
                open_streams -= hears[ready](ready, poll)

    def _hearing(self, heard: Heard) -> tuple[select.poll, dict[int, Callable[[int, select.poll], bool]]]:
        """What waits for both streams, and what reads from one of them, true if that was its end."""
        poll = select.poll()

        def reader(into: bytearray) -> Callable[[int, select.poll], bool]:
            def read(stream: int, waits: select.poll) -> bool:
                chunk = os.read(stream, _CHUNK_BYTES)
                if not chunk:
                    waits.unregister(stream)
                heard.hear(chunk, into)
                return not chunk

            return read

        poll.register(self._pipes.stdout, select.POLLIN)
        poll.register(self._pipes.stderr, select.POLLIN)
        return poll, {self._pipes.stdout: reader(heard.stdout), self._pipes.stderr: reader(heard.stderr)}
