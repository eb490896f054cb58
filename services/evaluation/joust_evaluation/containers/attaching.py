"""The streams of a container that is about to run."""

from collections.abc import AsyncIterator
from contextlib import suppress

from aiodocker.stream import Stream

_STDERR = 2
_CHUNK_BYTES = 64 * 1024


class Attached:
    """What a container says, and what it is told."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    async def said(self) -> AsyncIterator[tuple[bool, bytes]]:
        """Pieces of its output, each with true if it is of stderr; until nothing of it can say any more.

        No more is taken from the engine than is asked for here.
        """
        while (message := await self._stream.read_out()) is not None:
            yield message.stream == _STDERR, message.data

    async def feed(self, content: bytes) -> None:
        """Give it its whole input; one that does not read it misses nothing."""
        with suppress(OSError, RuntimeError):
            for start in range(0, len(content), _CHUNK_BYTES):
                await self._stream.write_in(content[start : start + _CHUNK_BYTES])
            self._end_input()

    def _end_input(self) -> None:
        # The library closes both directions or none.
        response = self._stream._resp
        connection = None if response is None else response.connection
        transport = None if connection is None else connection.transport
        if transport is not None and transport.can_write_eof():
            transport.write_eof()
