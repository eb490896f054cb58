"""What may be read of submissions to drops, and by whom."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.events.drop_submissions import DropSubmissionSnapshot
from joust_contracts.events.drops import DropFile
from joust_contracts.internal.drops import (
    AttachedFiles,
    CheckedFiles,
    CheckFiles,
    DropSubmissions,
    DropSubmissionView,
    SubmittedFile,
)
from joust_kit.database.database import Database
from joust_kit.database.freshness import wait_for_version
from joust_kit.identity import Actor
from joust_submission.drops import repository
from joust_submission.drops.errors import DropNotFound, NoSubmission, NotTheSender
from joust_submission.drops.files import checked_files
from joust_submission.drops.models import DropSubmission, KnownDrop
from joust_submission.drops.rules import check_may_read_attachments
from joust_submission.resources import Resources
from joust_submission.workspace.files import repository as files_of
from joust_submission.workspace.models import PinnedFile

_LINK_LIFETIME = timedelta(hours=1)


async def wait_for_drop(database: Database, drop_id: UUID, expected: Mapping[UUID, int]) -> None:
    """Return once the drop is known at the version that the caller has already seen, if any.

    Raises ``Unavailable`` if its event does not come in time. No connection is kept between the looks.
    """

    async def known_version() -> int | None:
        async with database.reading() as session:
            return await repository.version_of(session, drop_id)

    await wait_for_version(known_version, expected.get(drop_id))


async def snapshots_of(session: AsyncSession, drop_id: UUID) -> tuple[DropSubmissionSnapshot, ...]:
    """All submissions to a drop as events show them, oldest first."""
    submissions = await repository.submissions_to(session, drop_id)
    files = await files_of.pinned_by(session, [each.id for each in submissions])
    return tuple(each.snapshot(files[each.id]) for each in submissions)


async def list_to_drop(
    session: AsyncSession, actor: Actor, drop_id: UUID, resources: Resources
) -> DropSubmissions:
    """All submissions to a drop of the actor, by rank, or oldest first while there are no ranks.

    Raises ``DropNotFound`` or ``NotTheSender``.
    """
    await _own_drop(session, actor, drop_id)
    submissions = sorted(await repository.submissions_to(session, drop_id), key=lambda each: each.rank or 0)
    files = await files_of.pinned_by(session, [each.id for each in submissions])
    return DropSubmissions(
        submissions=tuple(view_of(each, files[each.id], resources) for each in submissions)
    )


async def get_own(
    session: AsyncSession, actor: Actor, drop_id: UUID, resources: Resources
) -> DropSubmissionView:
    """What the actor handed in. Raises ``NoSubmission``."""
    submission = await repository.submission_of(session, drop_id, actor.account_id)
    if submission is None:
        raise NoSubmission()
    return await _view_in(session, submission, resources)


async def get_one(
    session: AsyncSession, actor: Actor, drop_id: UUID, submission_id: UUID, resources: Resources
) -> DropSubmissionView:
    """One submission to a drop of the actor.

    Raises ``DropNotFound``, ``NotTheSender`` or ``NoSubmission``.
    """
    await _own_drop(session, actor, drop_id)
    submission = await repository.find_submission(session, submission_id)
    if submission is None or submission.drop_id != drop_id:
        raise NoSubmission()
    return await _view_in(session, submission, resources)


async def list_attachments(
    session: AsyncSession, actor: Actor, drop_id: UUID, resources: Resources
) -> AttachedFiles:
    """The files that go with a drop's prompt, for its sender and those who have claimed it.

    Raises ``DropNotFound``.
    """
    drop = await repository.find(session, drop_id)
    if drop is None:
        raise DropNotFound()
    check_may_read_attachments(drop.owner_id, drop.shown_claims(), actor.account_id)
    pinned = (await files_of.pinned_by(session, [drop_id]))[drop_id]
    return AttachedFiles(files=tuple(_file_of(file, resources) for file in pinned))


async def check_files(session: AsyncSession, actor: Actor, wanted: CheckFiles) -> CheckedFiles:
    """See that files are the actor's. Raises ``UnknownFile``."""
    files = await checked_files(session, actor.account_id, actor.account_id, wanted.files)
    return CheckedFiles(
        files=tuple(DropFile(key=each.storage_ref, name=each.name, size=each.size_bytes) for each in files)
    )


def view_of(
    submission: DropSubmission, files: Sequence[PinnedFile], resources: Resources
) -> DropSubmissionView:
    """The submission as those who may see it see it, with links to its files."""
    return DropSubmissionView(
        files=tuple(_file_of(file, resources) for file in files),
        **submission.model_dump(exclude={"agent_display_name"}),
    )


def _file_of(file: PinnedFile, resources: Resources) -> SubmittedFile:
    url = resources.storage.presigned_get(
        file.key, expires=_LINK_LIFETIME, download_as=file.name, content_type=file.content_type
    )
    return SubmittedFile(key=file.storage_ref, name=file.name, size=file.size_bytes, url=url)


async def _view_in(
    session: AsyncSession, submission: DropSubmission, resources: Resources
) -> DropSubmissionView:
    files = await files_of.pinned_by(session, [submission.id])
    return view_of(submission, files[submission.id], resources)


async def _own_drop(session: AsyncSession, actor: Actor, drop_id: UUID) -> KnownDrop:
    drop = await repository.find(session, drop_id)
    if drop is None:
        raise DropNotFound()
    if drop.owner_id != actor.account_id:
        raise NotTheSender()
    return drop
