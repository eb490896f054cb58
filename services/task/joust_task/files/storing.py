"""Takes a file to the object store, and back out if it is refused after all."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import UploadFile

from joust_kit.errors import JoustError
from joust_kit.failpoints import failpoint
from joust_kit.orphans import remove_if_possible
from joust_kit.storage import CHUNK_BYTES, Storage, StoredObject


@asynccontextmanager
async def stored(
    storage: Storage, key: str, chunks: AsyncIterator[bytes], size_bytes: int, content_type: str
) -> AsyncIterator[StoredObject]:
    """The file as an object for the length of the block, and after it unless the block refuses.

    Raises ``Unavailable`` if storage does not take it. After any other failure the outcome of a commit may be
    unknown, so the object stays; if nothing refers to it, ``orphans`` removes it later.
    """
    if __debug__:
        failpoint("before_file_is_stored")
    written = await storage.put(key, chunks, size_bytes=size_bytes, content_type=content_type)
    if __debug__:
        failpoint("after_file_is_stored_before_rows")
    try:
        yield written
    except JoustError:
        await remove_if_possible(storage, key)
        raise


async def chunks_of(file: UploadFile) -> AsyncIterator[bytes]:
    """The file from its beginning. It lies in memory or, if it is larger, on disk."""
    await file.seek(0)
    while chunk := await file.read(CHUNK_BYTES):
        yield chunk


async def sha256_of(file: UploadFile) -> bytes:
    """The digest of the whole file."""
    digest = hashlib.sha256()
    async for chunk in chunks_of(file):
        digest.update(chunk)
    return digest.digest()
