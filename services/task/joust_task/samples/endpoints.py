"""Internal API of samples. No transaction and no connection waits for storage."""

import asyncio
from datetime import timedelta
from typing import BinaryIO, cast
from uuid import UUID

from fastapi import APIRouter, Request

from joust_contracts.events.tasks import SampleRef
from joust_contracts.internal.samples import RemovedSample, SampleKind, SampleView, sample_of
from joust_kit.archives.checking import check_archive
from joust_kit.archives.entries import ArchiveLimits
from joust_kit.archives.errors import (
    ArtifactTooLarge,
    NotAnArchive,
    SubmissionMdMissing,
    UnacceptableArchive,
)
from joust_kit.errors import Unauthorized
from joust_kit.failpoints import failpoint
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, TranslatingRoute
from joust_kit.incoming import Incoming, IncompleteBody, spooled
from joust_kit.orphans import remove_if_possible
from joust_kit.storage import Storage
from joust_task.files.keys import FileKey, FileKind
from joust_task.files.storing import stored
from joust_task.resources import OpenResources
from joust_task.samples import commands
from joust_task.samples.errors import SampleNotFound
from joust_task.tasks.errors import NotTheOwner, TaskNotDraft, TaskNotFound
from joust_task.tasks.queries import get_own
from joust_task.tasks.rules import check_is_draft

SAMPLES = r"/internal/tasks/[^/]+/samples/[^/]+"

router = APIRouter(
    prefix="/internal/tasks/{task_id}/samples",
    route_class=TranslatingRoute,
    responses=responses(Unauthorized, TaskNotFound, NotTheOwner),
)

_LINK_LIFETIME = timedelta(hours=1)
_UNFIT = (ArtifactTooLarge, NotAnArchive, UnacceptableArchive, SubmissionMdMissing, IncompleteBody)


@router.put("/{kind}", responses=responses(TaskNotDraft, *_UNFIT))
async def put_sample(
    task_id: UUID, kind: SampleKind, request: Request, actor: CurrentActor, resources: OpenResources
) -> SampleView:
    """Give a draft a sample, in place of the one that it may have. It must be what a submission must be."""
    async with resources.database.reading() as session:
        check_is_draft((await get_own(session, actor, task_id)).status)
    max_bytes = resources.settings.max_sample_bytes
    async with spooled(request.stream(), max_bytes, ArtifactTooLarge) as incoming:
        sample = SampleRef(
            key=str(FileKey(task_id, FileKind.SAMPLE, resources.database.ids.new())),
            sha256=incoming.sha256,
            size_bytes=incoming.size_bytes,
            files_count=await _files_in(incoming, max_bytes),
        )
        async with (
            stored(resources.storage, sample.key, incoming.chunks(), sample.size_bytes, "application/zip"),
            resources.database.transaction() as unit,
        ):
            kept, needless = await commands.set_sample(unit, actor, task_id, kind, sample)
    if needless is not None:
        if __debug__:
            failpoint("after_sample_is_kept_before_needless_is_removed")
        await remove_if_possible(resources.storage, needless)
    return _view(kind, kept, resources.storage)


@router.get("/{kind}", responses=responses(SampleNotFound))
async def get_sample(
    task_id: UUID, kind: SampleKind, actor: CurrentActor, resources: OpenResources
) -> SampleView:
    """Read a sample of the actor's own task."""
    async with resources.database.reading() as session:
        task = await get_own(session, actor, task_id)
    sample = sample_of(task, kind)
    if sample is None:
        raise SampleNotFound()
    return _view(kind, sample, resources.storage)


@router.delete("/{kind}", responses=responses(SampleNotFound, TaskNotDraft))
async def delete_sample(
    task_id: UUID, kind: SampleKind, actor: CurrentActor, resources: OpenResources
) -> RemovedSample:
    """Take a sample from a draft, from the database and then from storage."""
    async with resources.database.transaction() as unit:
        gone = await commands.remove_sample(unit, actor, task_id, kind)
    await remove_if_possible(resources.storage, gone)
    return RemovedSample(kind=kind)


async def _files_in(incoming: Incoming, max_bytes: int) -> int:
    """How many files the zip has. Raises what a submission is refused with."""
    limits = ArchiveLimits(max_unpacked_bytes=max_bytes)
    checked = await asyncio.to_thread(check_archive, cast("BinaryIO", incoming.file), limits)
    return len(checked.names)


def _view(kind: SampleKind, sample: SampleRef, storage: Storage) -> SampleView:
    url = storage.presigned_get(
        sample.key,
        expires=_LINK_LIFETIME,
        download_as=f"{kind.value}.zip",
        content_type="application/zip",
    )
    return SampleView.of(kind, sample, url)
