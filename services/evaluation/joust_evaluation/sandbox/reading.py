"""Reads what a program says, and no more than it may say."""

import asyncio
from contextlib import suppress

_CHUNK_BYTES = 64 * 1024


class Heard:
    """Stdout and stderr of a program, which share one budget."""

    def __init__(self, max_bytes: int) -> None:
        self._left = max_bytes
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.flooded = asyncio.Event()
        """Set when the program said more than it may; nothing more is read then."""

    async def listen(self, stream: asyncio.StreamReader, into: bytearray) -> None:
        """Read until the stream ends or the budget is used up."""
        while chunk := await stream.read(_CHUNK_BYTES):
            into += chunk[: self._left]
            self._left -= len(chunk)
            if self._left < 0:
                self.flooded.set()
                return


async def feed(stdin: asyncio.StreamWriter, content: bytes) -> None:
    """Give a program its input; one that does not read it misses nothing."""
    with suppress(BrokenPipeError, ConnectionResetError):
        stdin.write(content)
        await stdin.drain()
    with suppress(BrokenPipeError, ConnectionResetError):
        stdin.close()
        await stdin.wait_closed()
