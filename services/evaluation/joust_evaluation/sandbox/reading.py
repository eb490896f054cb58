"""Reads what a program says, and no more than it may say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

_CHUNK_BYTES = 64 * 1024


class Heard:
    """Stdout and stderr of a program, which share one budget."""

    def __init__(self, max_bytes: int) -> None:
        self._left = max_bytes
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.passed_bytes = 0
        """Of what came by ``listen_to_both``, kept or not."""
        self.flooded = asyncio.Event()
        """Set when the program said more than it may; what comes then is read and not kept."""

    async def listen(self, stream: asyncio.StreamReader, into: bytearray) -> None:
        """Read until the stream ends, also past the budget: asyncio does not tell of the end of a process
        whose pipe holds what nobody reads."""
        while chunk := await stream.read(_CHUNK_BYTES):
            self._take(chunk, into)

    async def listen_to_both(self, said: AsyncIterator[tuple[bool, bytes]]) -> None:
        """The same for pieces of both streams, each with true if it is of stderr. An engine whose client
        takes no output can't end the container."""
        async for is_stderr, chunk in said:
            self.passed_bytes += len(chunk)
            self._take(chunk, self.stderr if is_stderr else self.stdout)

    def _take(self, chunk: bytes, into: bytearray) -> None:
        if self._left < 0:
            return
        into += chunk[: self._left]
        self._left -= len(chunk)
        if self._left < 0:
            self.flooded.set()


async def feed(stdin: asyncio.StreamWriter, content: bytes) -> None:
    """Give a program its input; one that does not read it misses nothing."""
    with suppress(BrokenPipeError, ConnectionResetError):
        stdin.write(content)
        await stdin.drain()
    with suppress(BrokenPipeError, ConnectionResetError):
        stdin.close()
        await stdin.wait_closed()
