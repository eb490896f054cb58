"""Which files of a workspace go with a drop or a submission."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.events.drops import DropFile
from joust_contracts.internal.drops import FileInput
from joust_submission.drops.errors import UnknownFile
from joust_submission.workspace.files import repository
from joust_submission.workspace.files.keys import key_of_upload, object_of
from joust_submission.workspace.models import File, PinnedFile


async def checked_files(
    session: AsyncSession, account_id: UUID, holder_id: UUID, named: Sequence[FileInput]
) -> list[PinnedFile]:
    """The named files, each a finished upload of the account with its size.

    Raises ``UnknownFile``, in the same words for a key of somebody else and for one of nobody.
    """
    uploads = [_upload_of(account_id, file.key) for file in named]
    found = await repository.uploaded_files(session, account_id, [each for each in uploads if each])
    pinned = []
    for position, (named_file, upload_id) in enumerate(zip(named, uploads, strict=True)):
        file = None if upload_id is None else found.get(upload_id)
        if file is None:
            raise UnknownFile(**{f"files.{position}.key": "is no finished upload of yours"})
        if file.size_bytes != named_file.size:
            raise UnknownFile(**{f"files.{position}.size": f"the upload has {file.size_bytes} bytes"})
        pinned.append(_pinned(file, holder_id, position, named_file))
    return pinned


async def known_files(
    session: AsyncSession, account_id: UUID, holder_id: UUID, named: Sequence[DropFile]
) -> list[PinnedFile]:
    """Those of the named files that are still there."""
    uploads = [_upload_of(account_id, file.key) for file in named]
    found = await repository.uploaded_files(session, account_id, [each for each in uploads if each])
    return [
        _pinned(found[upload_id], holder_id, position, file)
        for position, (file, upload_id) in enumerate(zip(named, uploads, strict=True))
        if upload_id in found
    ]


def _upload_of(account_id: UUID, key: str) -> UUID | None:
    upload_id = object_of(key)
    return upload_id if upload_id is not None and key == key_of_upload(account_id, upload_id) else None


def _pinned(file: File, holder_id: UUID, position: int, named: FileInput | DropFile) -> PinnedFile:
    return PinnedFile(
        holder_id=holder_id,
        position=position,
        storage_ref=named.key,
        name=named.name,
        **file.model_dump(include={"account_id", "object_id", "size_bytes", "sha256", "content_type"}),
    )
