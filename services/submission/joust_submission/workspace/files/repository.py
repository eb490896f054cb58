"""All SQL about files and uploads."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_submission.workspace.files.keys import key_of_file
from joust_submission.workspace.models import File, PinnedFile, Upload
from joust_submission.workspace.repository import end_of


async def find(session: AsyncSession, account_id: UUID, path: str) -> File | None:
    """The file at a path."""
    return await session.get(File, (account_id, path))


async def remove(session: AsyncSession, account_id: UUID, path: str) -> File | None:
    """Delete the file at a path; ``None`` if there was none."""
    query = delete(File).where(col(File.account_id) == account_id, col(File.path) == path)
    removed: File | None = await session.scalar(query.returning(File))
    return removed


async def list_of(
    session: AsyncSession, account_id: UUID, *, prefix: str, after: str, limit: int
) -> Sequence[File]:
    """Files behind the path ``after`` whose path begins with ``prefix``, in the order of paths."""
    query = select(File).where(
        col(File.account_id) == account_id,
        col(File.path) >= prefix,
        col(File.path) < end_of(prefix),
        col(File.path) > after,
    )
    return (await session.scalars(query.order_by(col(File.path)).limit(limit))).all()


async def open_uploads_besides(session: AsyncSession, account_id: UUID, path: str, now: datetime) -> int:
    """How many uploads of the account, for other paths, still work."""
    query = select(func.count()).where(
        col(Upload.account_id) == account_id, col(Upload.path) != path, col(Upload.expires_at) > now
    )
    count: int = await session.scalar(query) or 0
    return count


async def put_upload(session: AsyncSession, upload: Upload) -> None:
    """Write an upload, in place of the one that there was for the path."""
    made = insert(Upload).values(upload.model_dump())
    names = ("object_id", "content_type", "created_at", "expires_at")
    await session.execute(
        made.on_conflict_do_update(
            index_elements=[col(Upload.account_id), col(Upload.path)],
            set_={name: made.excluded[name] for name in names},
        )
    )


async def find_upload(session: AsyncSession, account_id: UUID, path: str, now: datetime) -> Upload | None:
    """The upload for a path that still works."""
    upload = await session.get(Upload, (account_id, path))
    return upload if upload is not None and upload.expires_at > now else None


async def take_upload(session: AsyncSession, upload: Upload) -> bool:
    """End an upload; false if it was ended or replaced before. Only one of many gets it."""
    query = delete(Upload).where(
        col(Upload.account_id) == upload.account_id,
        col(Upload.path) == upload.path,
        col(Upload.object_id) == upload.object_id,
    )
    return await session.scalar(query.returning(col(Upload.object_id))) is not None


async def known_objects(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Those of ``ids`` that files, uploads or what is pinned have."""
    files = select(col(File.object_id)).where(col(File.object_id).in_(ids))
    uploads = select(col(Upload.object_id)).where(col(Upload.object_id).in_(ids))
    pinned = select(col(PinnedFile.object_id)).where(col(PinnedFile.object_id).in_(ids))
    return set(await session.scalars(files.union(uploads, pinned)))


async def all_keys(session: AsyncSession) -> set[str]:
    """Where the bytes of all files and of what is pinned lie."""
    files = select(col(File.account_id), col(File.object_id))
    pinned = select(col(PinnedFile.account_id), col(PinnedFile.object_id))
    return {key_of_file(*row) for row in await session.execute(files.union(pinned))}


async def forget_expired_uploads(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete uploads that ended before a moment, at most ``limit`` of them; returns how many that were."""
    over = (
        select(col(Upload.account_id), col(Upload.path))
        .where(col(Upload.expires_at) < before)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("over")
    )
    query = delete(Upload).where(col(Upload.account_id) == over.c.account_id, col(Upload.path) == over.c.path)
    # Nothing of the session is to be brought up to date, so nothing but the ids comes back.
    query = query.execution_options(synchronize_session=False)
    return len((await session.scalars(query.returning(col(Upload.object_id)))).all())


async def uploaded_files(
    session: AsyncSession, account_id: UUID, upload_ids: Collection[UUID]
) -> dict[UUID, File]:
    """Those files of an account's workspace that came by these uploads."""
    query = select(File).where(col(File.account_id) == account_id, col(File.upload_id).in_(upload_ids))
    return {file.upload_id: file for file in await session.scalars(query) if file.upload_id is not None}


async def pin(session: AsyncSession, files: Sequence[PinnedFile]) -> None:
    """Keep files; what is pinned already stays as it is."""
    if files:
        rows = [file.model_dump() for file in files]
        await session.execute(insert(PinnedFile).values(rows).on_conflict_do_nothing())


async def pinned_by(session: AsyncSession, holder_ids: Collection[UUID]) -> dict[UUID, list[PinnedFile]]:
    """The files of each holder, in their order."""
    query = select(PinnedFile).where(col(PinnedFile.holder_id).in_(holder_ids))
    found: dict[UUID, list[PinnedFile]] = {holder_id: [] for holder_id in holder_ids}
    for file in await session.scalars(query.order_by(col(PinnedFile.position))):
        found[file.holder_id].append(file)
    return found


async def is_pinned(session: AsyncSession, object_id: UUID) -> bool:
    """True if the object belongs to a drop or a submission."""
    query = select(col(PinnedFile.object_id)).where(col(PinnedFile.object_id) == object_id).limit(1)
    return await session.scalar(query) is not None
