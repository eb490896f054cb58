"""Bytes on their way in: to a temporary file, with their size and SHA-256, never whole in memory."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile

from starlette.requests import ClientDisconnect

from joust_kit.errors import BadRequest, TooLarge
from joust_kit.storage import CHUNK_BYTES

_IN_MEMORY_BYTES = 1_000_000


class IncompleteBody(BadRequest):
    """The body ended before its end."""

    message = "The file did not come whole."


@dataclass(frozen=True)
class Incoming:
    """A file that came whole."""

    file: "SpooledTemporaryFile[bytes]"
    size_bytes: int
    sha256: str

    async def chunks(self) -> AsyncIterator[bytes]:
        """Its bytes."""
        await asyncio.to_thread(self.file.seek, 0)
        while chunk := await asyncio.to_thread(self.file.read, CHUNK_BYTES):
            yield chunk


@asynccontextmanager
async def spooled(
    chunks: AsyncIterator[bytes], max_bytes: int, too_large: type[TooLarge]
) -> AsyncIterator[Incoming]:
    """The chunks as a file, which is gone after the block.

    Raises ``too_large`` as soon as there are more than ``max_bytes``, or ``IncompleteBody``.
    """
    digest, size_bytes = hashlib.sha256(), 0
    with SpooledTemporaryFile[bytes](_IN_MEMORY_BYTES) as file:

        def take(chunk: bytes) -> None:
            digest.update(chunk)
            file.write(chunk)

        try:
            async for chunk in chunks:
                size_bytes += len(chunk)
                if size_bytes > max_bytes:
                    raise too_large(max_bytes=max_bytes)
                await asyncio.to_thread(take, chunk)
        except ClientDisconnect as error:
            raise IncompleteBody() from error
        yield Incoming(file, size_bytes, digest.hexdigest())


async def hashed(file: "SpooledTemporaryFile[bytes]", chunks: AsyncIterator[bytes]) -> Incoming:
    """A file that lies on disk already; ``chunks`` are its bytes."""
    digest, size_bytes = hashlib.sha256(), 0
    async for chunk in chunks:
        size_bytes += len(chunk)
        digest.update(chunk)
    return Incoming(file, size_bytes, digest.hexdigest())
