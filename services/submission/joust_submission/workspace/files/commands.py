"""What can be done to files. Each runs in the caller's transaction, which the edge commits.

Storage is slow, so it comes before the transaction's first statement, unless an Idempotency-Key was claimed.
"""

from functools import partial
from typing import NamedTuple
from uuid import UUID

from joust_contracts.internal.workspaces import (
    BeginUpload,
    BegunUpload,
    Deleted,
    FileEntry,
    FinalizeUpload,
)
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_kit.incoming import Incoming, spooled
from joust_kit.orphans import remove_if_possible
from joust_kit.storage import ObjectMissing
from joust_submission.resources import Resources
from joust_submission.settings import SubmissionSettings
from joust_submission.workspace import repository as usages
from joust_submission.workspace.errors import (
    ByteQuotaExceeded,
    FileQuotaExceeded,
    FileTooLarge,
    UploadNotFound,
)
from joust_submission.workspace.files import repository
from joust_submission.workspace.files.keys import key_of_file, key_of_upload
from joust_submission.workspace.files.queries import entry_of
from joust_submission.workspace.files.rules import checked_type
from joust_submission.workspace.files.storing import stored
from joust_submission.workspace.models import File, Kind, Upload
from joust_submission.workspace.names import check_name
from joust_submission.workspace.rules import Amount, Cap, growth, passed_cap


class NewFile(NamedTuple):
    """What is to be kept, apart from its bytes."""

    path: str
    content_type: str
    upload_id: UUID | None = None


async def put_file(
    unit: UnitOfWork, actor: Actor, new: NewFile, incoming: Incoming, resources: Resources
) -> FileEntry:
    """Keep a file at a path, in place of what was there.

    Any number of them at once keep within the caps, because they wait for the row of the account's use.
    Raises ``FileQuotaExceeded``, ``ByteQuotaExceeded``, or ``Unavailable`` if storage does not answer.
    """
    await _refuse_the_hopeless(actor, new.path, incoming.size_bytes, resources)
    object_id = unit.new_id()
    async with stored(resources.storage, actor.account_id, object_id, incoming, new.content_type):
        return await _keep(unit, actor, new, object_id, incoming, resources)


async def begin_upload(
    unit: UnitOfWork, actor: Actor, wanted: BeginUpload, resources: Resources
) -> BegunUpload:
    """Give out a URL to which the owner puts a file; an earlier one for the path can't be finalized any more.

    Raises ``UnacceptableName``, ``UnacceptableContentType``, ``FileQuotaExceeded``, and, if the size is told,
    ``FileTooLarge`` or ``ByteQuotaExceeded``.
    """
    settings = resources.settings
    check_name("path", wanted.path)
    content_type = None if wanted.content_type is None else checked_type(wanted.content_type)
    check_size(wanted.expected_size_bytes or 0, settings)
    usage = await usages.lock_usage(unit.session, actor.account_id, Kind.FILES)
    replaced = await repository.find(unit.session, actor.account_id, wanted.path)
    _check_fits(usage.amount, _growth(replaced, wanted.expected_size_bytes or 0), settings)
    others = await repository.open_uploads_besides(unit.session, actor.account_id, wanted.path, unit.now)
    if others >= settings.workspace_max_open_uploads:
        raise FileQuotaExceeded(
            "You have as many uploads under way as you may. Finalize some, or wait until they expire.",
            limit=settings.workspace_max_open_uploads,
        )
    lifetime = settings.workspace_upload_lifetime
    upload = Upload(
        account_id=actor.account_id,
        path=wanted.path,
        object_id=unit.new_id(),
        content_type=content_type,
        created_at=unit.now,
        expires_at=unit.now + lifetime,
    )
    await repository.put_upload(unit.session, upload)
    key = key_of_upload(actor.account_id, upload.object_id)
    return BegunUpload(
        path=upload.path,
        upload_url=resources.storage.presigned_put(key, expires=lifetime),
        storage_ref=key,
        expires_at=upload.expires_at,
    )


async def finalize_upload(
    unit: UnitOfWork, actor: Actor, wanted: FinalizeUpload, resources: Resources
) -> FileEntry:
    """Take over what was put to the URL: a copy, because the URL may still be written to.

    Raises ``UploadNotFound``, ``FileTooLarge``, ``FileQuotaExceeded``, ``ByteQuotaExceeded`` (then the upload
    is removed), ``UnacceptableName``, ``UnacceptableContentType``, or ``Unavailable``.
    """
    check_name("path", wanted.path)
    override = None if wanted.content_type is None else checked_type(wanted.content_type)
    async with resources.database.reading() as session:
        upload = await repository.find_upload(session, actor.account_id, wanted.path, unit.now)
    if upload is None:
        raise UploadNotFound()
    key = key_of_upload(actor.account_id, upload.object_id)
    new = NewFile(upload.path, override or checked_type(upload.content_type), upload.object_id)
    try:
        entry = await _take_over(unit, actor, upload, new, resources)
    except (FileTooLarge, FileQuotaExceeded, ByteQuotaExceeded):
        await remove_if_possible(resources.storage, key)
        raise
    unit.after_commit.append(partial(resources.removals.note, key))
    return entry


async def delete_file(unit: UnitOfWork, actor: Actor, path: str, resources: Resources) -> Deleted:
    """Remove the file at a path; none there is fine. Raises ``UnacceptableName``."""
    check_name("path", path)
    usage = await usages.lock_usage(unit.session, actor.account_id, Kind.FILES)
    removed = await repository.remove(unit.session, actor.account_id, path)
    if removed is not None:
        usage.grow(Amount(-1, -removed.size_bytes))
        await _remove_after_commit(unit, actor.account_id, removed.object_id, resources)
    return Deleted()


def check_size(size_bytes: int, settings: SubmissionSettings) -> None:
    """Raises ``FileTooLarge``."""
    if size_bytes > settings.workspace_max_file_bytes:
        raise FileTooLarge(max_bytes=settings.workspace_max_file_bytes)


async def _take_over(
    unit: UnitOfWork, actor: Actor, upload: Upload, new: NewFile, resources: Resources
) -> FileEntry:
    storage, object_id = resources.storage, unit.new_id()
    key = key_of_upload(actor.account_id, upload.object_id)
    try:
        async with (
            storage.open(key) as chunks,
            spooled(chunks, resources.settings.workspace_max_file_bytes, FileTooLarge) as incoming,
            stored(storage, actor.account_id, object_id, incoming, new.content_type),
        ):
            await usages.lock_usage(unit.session, actor.account_id, Kind.FILES)
            if not await repository.take_upload(unit.session, upload):
                raise UploadNotFound()
            return await _keep(unit, actor, new, object_id, incoming, resources)
    except ObjectMissing as error:
        raise UploadNotFound() from error


async def _refuse_the_hopeless(actor: Actor, path: str, size_bytes: int, resources: Resources) -> None:
    """Spare storage what would be refused anyway; what this lets through is decided again under the lock."""
    async with resources.database.reading() as session:
        used = await usages.amount_used(session, actor.account_id, Kind.FILES)
        replaced = await repository.find(session, actor.account_id, path)
    _check_fits(used, _growth(replaced, size_bytes), resources.settings)


async def _keep(
    unit: UnitOfWork, actor: Actor, new: NewFile, object_id: UUID, incoming: Incoming, resources: Resources
) -> FileEntry:
    usage = await usages.lock_usage(unit.session, actor.account_id, Kind.FILES)
    file = await repository.find(unit.session, actor.account_id, new.path)
    by = _growth(file, incoming.size_bytes)
    _check_fits(usage.amount, by, resources.settings)
    usage.grow(by)
    kept = File(
        account_id=actor.account_id,
        path=new.path,
        object_id=object_id,
        upload_id=new.upload_id,
        size_bytes=incoming.size_bytes,
        sha256=incoming.sha256,
        content_type=new.content_type,
        created_at=unit.now if file is None else file.created_at,
        updated_at=unit.now,
    )
    if file is not None:
        await _remove_after_commit(unit, actor.account_id, file.object_id, resources)
    kept = await unit.session.merge(kept)
    # Now, while the object is still taken back should the database refuse the row.
    await unit.session.flush()
    return entry_of(kept)


async def _remove_after_commit(
    unit: UnitOfWork, account_id: UUID, object_id: UUID, resources: Resources
) -> None:
    """Not what was handed in to a drop; whoever pins a file holds the row of the account's use, as we do."""
    if await repository.is_pinned(unit.session, object_id):
        return
    unit.after_commit.append(partial(resources.removals.note, key_of_file(account_id, object_id)))


def _growth(replaced: File | None, new_bytes: int) -> Amount:
    return growth(replaced_bytes=None if replaced is None else replaced.size_bytes, new_bytes=new_bytes)


def _check_fits(used: Amount, by: Amount, settings: SubmissionSettings) -> None:
    allowed = settings.workspace_files_cap
    match passed_cap(used, by, allowed):
        case Cap.ENTRIES:
            raise FileQuotaExceeded(used=used.entries, limit=allowed.entries)
        case Cap.BYTES:
            raise ByteQuotaExceeded(used=used.bytes, limit=allowed.bytes)
