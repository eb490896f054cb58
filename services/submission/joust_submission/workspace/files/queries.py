"""What may be read of files: by each account, its own."""

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.common import Page
from joust_contracts.internal.workspaces import FileEntry, FileQuota
from joust_kit.identity import Actor
from joust_kit.paging import NameCursor, cut_page
from joust_submission.settings import SubmissionSettings
from joust_submission.workspace import repository as usages
from joust_submission.workspace.errors import FileNotFound
from joust_submission.workspace.files import repository
from joust_submission.workspace.models import File, Kind
from joust_submission.workspace.names import after_of, check_name, check_prefix


async def get_file(session: AsyncSession, actor: Actor, path: str) -> File:
    """The actor's file at a path. Raises ``UnacceptableName`` or ``FileNotFound``."""
    check_name("path", path)
    file = await repository.find(session, actor.account_id, path)
    if file is None:
        raise FileNotFound()
    return file


async def list_files(
    session: AsyncSession, actor: Actor, *, prefix: str, limit: int, cursor: str | None
) -> Page[FileEntry]:
    """One page of the actor's files, in the order of their paths by bytes.

    Raises ``Invalid`` for a prefix or cursor that is none.
    """
    check_prefix(prefix)
    rows = await repository.list_of(
        session, actor.account_id, prefix=prefix, after=after_of(cursor), limit=limit + 1
    )
    page, next_cursor = cut_page(rows, limit, lambda file: NameCursor(file.path))
    return Page(data=tuple(map(entry_of, page)), next_cursor=next_cursor)


async def get_quota(session: AsyncSession, actor: Actor, settings: SubmissionSettings) -> FileQuota:
    """What the actor keeps, and may keep."""
    used = await usages.amount_used(session, actor.account_id, Kind.FILES)
    allowed = settings.workspace_files_cap
    return FileQuota(
        files_used=used.entries,
        files_limit=allowed.entries,
        bytes_used=used.bytes,
        bytes_limit=allowed.bytes,
        per_file_byte_limit=settings.workspace_max_file_bytes,
    )


def entry_of(file: File) -> FileEntry:
    """The file as answers show it."""
    return FileEntry.model_validate(file.model_dump(include=set(FileEntry.model_fields)))
