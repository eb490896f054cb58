"""Reads what a program says, and no more than it may say."""

import asyncio
from collections.abc import AsyncIterator


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

    async def listen_to_both(self, said: AsyncIterator[tuple[bool, bytes]]) -> None:
        """Hear pieces of both streams, each with true if it is of stderr; to their end, also past the budget,
        because an engine whose client takes no output can't end the container."""
        async for is_stderr, chunk in said:
            self.passed_bytes += len(chunk)
            self.hear(chunk, self.stderr if is_stderr else self.stdout)

    def hear(self, chunk: bytes, into: bytearray) -> None:
        """Keep a piece of one stream, as far as the budget goes."""
        if self._left < 0:
            return
        into += chunk[: self._left]
        self._left -= len(chunk)
        if self._left < 0:
            self.flooded.set()
