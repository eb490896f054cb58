"""Objects as they lie in storage."""

from joust_kit.storage import Storage, as_promised


async def content_of(storage: Storage, key: str, *, sha256: str, max_bytes: int = 10_000_000) -> bytes:
    """A small object as a whole, read in chunks as services read it.

    Raises ``ObjectMissing``, or ``ObjectChanged`` if it differs or is longer than ``max_bytes``.
    """
    async with storage.open(key) as chunks:
        promised = as_promised(key, chunks, sha256=sha256, max_bytes=max_bytes)
        return b"".join([chunk async for chunk in promised])
