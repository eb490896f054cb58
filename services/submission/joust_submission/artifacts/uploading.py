"""Takes an archive to the object store, and back out if the submission is refused after all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from joust_contracts.events.submissions import Artifact
from joust_kit.failpoints import failpoint
from joust_kit.orphans import remove_if_possible
from joust_kit.storage import CHUNK_BYTES, Storage
from joust_submission.artifacts.keys import key_of
from joust_submission.artifacts.packing import Archive


@asynccontextmanager
async def uploaded(storage: Storage, submission_id: UUID, archive: Archive) -> AsyncIterator[Artifact]:
    """The archive as an object for the length of the block, and after it unless the block raises.

    Raises ``Unavailable`` if storage does not take it. A process that dies within the block, or a commit
    that fails after it, leaves an object without a submission, which ``orphans`` removes later.
    """
    if __debug__:
        failpoint("before_upload")
    stored = await storage.put(
        key_of(submission_id),
        _chunks(archive),
        size_bytes=archive.size_bytes,
        content_type="application/zip",
    )
    if __debug__:
        failpoint("after_upload_before_rows")
    try:
        yield Artifact(
            key=stored.key,
            sha256=stored.sha256,
            size_bytes=stored.size_bytes,
            files_count=len(archive.names),
        )
    except BaseException:
        if __debug__:
            failpoint("after_refusal_before_removal")
        await remove_if_possible(storage, stored.key)
        if __debug__:
            failpoint("after_removal_before_refusal")
        raise


async def _chunks(archive: Archive) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(archive.file.read, CHUNK_BYTES):
        yield chunk
