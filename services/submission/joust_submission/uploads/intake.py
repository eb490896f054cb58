"""Takes over what an agent uploaded: a copy that nobody can write to, measured, hashed and checked.

The upload URL works on after the copy was made. So all that is said of the artifact is said of the copy, and
what is judged is what was checked.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast
from uuid import UUID

from fastapi import Request, UploadFile
from starlette.requests import ClientDisconnect

from joust_contracts.events.submissions import Artifact
from joust_kit.archives.checking import CheckedArchive, check_archive
from joust_kit.archives.entries import ArchiveLimits
from joust_kit.archives.errors import (
    ArtifactTooLarge,
    NotAnArchive,
    SubmissionMdMissing,
    UnacceptableArchive,
    UnacceptableFiles,
)
from joust_kit.errors import Invalid, JoustError, Unavailable
from joust_kit.failpoints import failpoint
from joust_kit.incoming import Incoming, IncompleteBody, hashed, spooled
from joust_kit.orphans import remove_if_possible
from joust_kit.storage import CHUNK_BYTES, ObjectMissing, Storage
from joust_submission.artifacts.keys import key_of_copy, key_of_upload
from joust_submission.settings import SubmissionSettings
from joust_submission.uploads.errors import NoUpload, NoUploadFound
from joust_submission.uploads.rules import ZIP_BEGINNINGS

UNFIT = (NotAnArchive, UnacceptableArchive, UnacceptableFiles, ArtifactTooLarge, SubmissionMdMissing)
"""What can be wrong with an artifact itself, whoever brings it when."""


@dataclass
class Taken:
    """A copy of an upload: an artifact, or what is wrong with it."""

    outcome: Artifact | JoustError
    is_kept: bool = False
    """To be set once a row refers to the copy."""


@asynccontextmanager
async def taken_over(
    storage: Storage, submission_id: UUID, copy_id: UUID, settings: SubmissionSettings
) -> AsyncIterator[Taken]:
    """The upload as a copy for the length of the block, and after it if it is kept.

    Raises ``NoUploadFound``, or ``Unavailable`` if storage does not answer in time. A process that dies
    within the block leaves a copy without a row, which ``orphans`` removes later.
    """
    copy_key = key_of_copy(submission_id, copy_id)
    taken = None
    try:
        try:
            async with asyncio.timeout(settings.intake_timeout_seconds):
                taken = await _take(storage, key_of_upload(submission_id), copy_key, settings)
        except ObjectMissing as error:
            raise NoUploadFound() from error
        except TimeoutError as error:
            raise Unavailable("Storage is too slow right now. Nothing was changed; try again.") from error
        yield taken
    finally:
        if taken is None or not taken.is_kept:
            await remove_if_possible(storage, copy_key)


async def _take(storage: Storage, upload_key: str, copy_key: str, settings: SubmissionSettings) -> Taken:
    max_bytes = settings.max_artifact_bytes
    size_bytes = await storage.size_of(upload_key)
    if size_bytes > max_bytes:
        return Taken(too_large(max_bytes, size_bytes=size_bytes))
    if __debug__:
        failpoint("before_upload_is_copied")
    await storage.copy(upload_key, copy_key)
    if __debug__:
        failpoint("after_upload_is_copied_before_its_check")
    try:
        async with storage.open(copy_key) as chunks, spooled(chunks, max_bytes, ArtifactTooLarge) as incoming:
            checked = await check(incoming, settings)
            artifact = Artifact(
                key=copy_key,
                sha256=incoming.sha256,
                size_bytes=incoming.size_bytes,
                files_count=len(checked.names),
            )
    except UNFIT as refusal:
        return Taken(refusal)
    return Taken(artifact)


async def check(incoming: Incoming, settings: SubmissionSettings) -> CheckedArchive:
    """The checks that every archive meets, in a thread. Raises what ``UNFIT`` lists."""
    limits = ArchiveLimits(max_unpacked_bytes=settings.max_artifact_bytes)
    return await asyncio.to_thread(check_archive, cast("BinaryIO", incoming.file), limits)


def too_large(max_bytes: int, **details: Any) -> ArtifactTooLarge:
    """The refusal of an archive by its size."""
    return ArtifactTooLarge(f"An artifact has at most {max_bytes} bytes.", max_bytes=max_bytes, **details)


@asynccontextmanager
async def arriving(request: Request, max_bytes: int) -> AsyncIterator[Incoming]:
    """The artifact that a request holds, as a form or as it is, whole and on disk.

    Raises ``NoUpload``, ``Invalid``, ``IncompleteBody`` or ``ArtifactTooLarge``.
    """
    match request.headers.get("content-type", "").partition(";")[0].strip().lower():
        case "multipart/form-data":
            async with _form_of(request) as file:
                if (file.size or 0) > max_bytes:
                    raise too_large(max_bytes)
                yield await hashed(cast("Any", file.file), _chunks(file))
        case "application/octet-stream" | "application/zip":
            async with spooled(request.stream(), max_bytes, ArtifactTooLarge) as incoming:
                yield incoming
        case _:
            raise NoUpload()


async def begins_as_zip(incoming: Incoming) -> bool:
    """True if the first bytes are those of a zip file."""
    await asyncio.to_thread(incoming.file.seek, 0)
    return (await asyncio.to_thread(incoming.file.read, 4)) in ZIP_BEGINNINGS


@asynccontextmanager
async def _form_of(request: Request) -> AsyncIterator[UploadFile]:
    try:
        async with request.form(max_files=1, max_fields=10) as form:
            if unknown := form.keys() - {"file"}:
                raise Invalid(**dict.fromkeys(unknown, "is not known here"))
            file = form.get("file")
            if file is None or isinstance(file, str):
                raise Invalid(file="must be the zip, as a file of the form")
            yield cast("UploadFile", file)
    except ClientDisconnect as error:
        raise IncompleteBody() from error


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    await file.seek(0)
    while chunk := await file.read(CHUNK_BYTES):
        yield chunk
