"""A child process with its streams.

uvloop forks for a child, which copies the tables of the parent's memory while the event loop stands still:
6 ms in a process of 110 MB. ``subprocess`` lends its memory to the child until that is another program
(vfork), for 0.3 ms.
"""

import asyncio
import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from typing import IO


class Child:
    """Reads, writes and waits as ``asyncio.subprocess.Process`` does."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._handle: int | None = None
        self._has_ended = asyncio.Event()
        self._pipes: list[asyncio.BaseTransport] = []
        self.stdout = asyncio.StreamReader()
        self.stderr = asyncio.StreamReader()
        self._stdin: asyncio.StreamWriter | None = None

    @property
    def stdin(self) -> asyncio.StreamWriter:
        """Where it reads from."""
        if self._stdin is None:
            raise RuntimeError("the child is not connected")
        return self._stdin

    @property
    def pid(self) -> int:
        """By this process's own counting."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit code, or a signal's number below zero; ``None`` while it is there."""
        code: int | None = self._process.returncode
        return code

    def kill(self) -> None:
        """Kill it, should it still be there."""
        with suppress(ProcessLookupError):
            self._process.kill()

    async def wait(self) -> int:
        """Its exit code, once it has ended."""
        await self._has_ended.wait()
        return int(self._process.returncode)

    async def close(self) -> None:
        """Kill it, and close all streams."""
        self.kill()
        if self._handle is None and not self._has_ended.is_set():
            await asyncio.to_thread(self._process.wait)
            self._has_ended.set()
        await self.wait()
        for pipe in self._pipes:
            pipe.close()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    async def connect(self) -> None:
        """Attend it and its streams. Raises ``OSError``."""
        self._handle = os.pidfd_open(self._process.pid)
        self._loop.add_reader(self._handle, self._reap)
        await self._read(self._process.stdout, self.stdout)
        await self._read(self._process.stderr, self.stderr)
        unread = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(unread)
        transport, _ = await self._loop.connect_write_pipe(lambda: protocol, self._process.stdin)
        self._pipes.append(transport)
        self._stdin = asyncio.StreamWriter(transport, protocol, unread, self._loop)

    async def _read(self, pipe: IO[bytes] | None, reader: asyncio.StreamReader) -> None:
        transport, _ = await self._loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        self._pipes.append(transport)

    def _reap(self) -> None:
        if self._process.poll() is None or self._handle is None:
            return
        self._loop.remove_reader(self._handle)
        os.close(self._handle)
        self._handle = None
        self._has_ended.set()


async def begin(command: Sequence[str], passed: Sequence[int]) -> Child:
    """A child without an environment, with the descriptors beside its streams. Raises ``OSError``."""
    child = Child(_begun(command, passed))
    try:
        await child.connect()
    except BaseException:
        await child.close()
        raise
    return child


def _begun(command: Sequence[str], passed: Sequence[int]) -> "subprocess.Popen[bytes]":
    # In the event loop's own thread: a child that dies with its parent dies with the thread that began it.
    return subprocess.Popen(  # noqa: S603 - it exists to run what is not trusted, in a sandbox
        command,
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={},
        pass_fds=passed,
        start_new_session=True,
    )
