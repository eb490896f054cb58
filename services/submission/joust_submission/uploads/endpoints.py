"""Internal API of the manual flow. No transaction and no connection waits for storage."""

from functools import partial
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from joust_contracts.internal.uploads import (
    CompletedUpload,
    FreshUpload,
    RegisteredView,
    RegisterSubmission,
    UploadedArtifact,
)
from joust_kit.archives.errors import ArtifactTooLarge, NotAnArchive, SubmissionMdMissing, UnacceptableArchive
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.errors import Invalid, JoustError, Unauthorized, Unavailable
from joust_kit.failpoints import failpoint
from joust_kit.http.errors import responses
from joust_kit.http.transactions import (
    CurrentActor,
    ExpectedVersions,
    TransactionalRoute,
    TranslatingRoute,
    Unit,
    answer_once,
)
from joust_kit.incoming import IncompleteBody
from joust_submission.artifacts.keys import key_of_upload
from joust_submission.resources import OpenResources
from joust_submission.submissions.errors import (
    DeadlinePassed,
    OwnTask,
    QuotaExhausted,
    SubmissionNotFound,
    TaskNotFound,
    TaskNotOpen,
)
from joust_submission.tasks.queries import wait_for_task, wait_for_tasks
from joust_submission.uploads import commands, queries
from joust_submission.uploads.errors import (
    AlreadyUploaded,
    NotTheSubmitter,
    NoUpload,
    NoUploadFound,
    SubmissionInProgress,
    TaskClosed,
    WrongStatus,
)
from joust_submission.uploads.intake import arriving, begins_as_zip, taken_over

UPLOAD_PATH = r"/internal/submissions/[^/]+/upload"

registering = APIRouter(
    prefix="/internal", route_class=TransactionalRoute, responses=responses(Unauthorized, Unavailable)
)
router = APIRouter(
    prefix="/internal/submissions/{submission_id}",
    route_class=TranslatingRoute,
    responses=responses(Unauthorized, Unavailable),
)

_NOT_WAITING = (SubmissionNotFound, NotTheSubmitter, WrongStatus, TaskClosed, DeadlinePassed)


@registering.post(
    "/tasks/{task_id}/submissions",
    status_code=201,
    responses=responses(
        TaskNotFound, TaskNotOpen, DeadlinePassed, OwnTask, QuotaExhausted, SubmissionInProgress
    ),
)
async def register_submission(
    task_id: UUID,
    wanted: RegisterSubmission,
    expected: ExpectedVersions,
    actor: CurrentActor,
    unit: Unit,
    resources: OpenResources,
) -> RegisteredView:
    """Take a place; the artifact follows."""
    await wait_for_task(resources.database, task_id, expected)
    return await commands.register_submission(unit, actor, task_id, wanted, resources)


@router.post("/upload-url", response_model=FreshUpload, responses=responses(*_NOT_WAITING, AlreadyUploaded))
async def renew_upload(
    submission_id: UUID,
    request: Request,
    expected: ExpectedVersions,
    actor: CurrentActor,
    resources: OpenResources,
) -> Response:
    """Give out a fresh URL for an artifact that is missing."""
    await wait_for_tasks(resources.database, expected)

    async def act(_unit: UnitOfWork) -> BaseModel:
        upload = await queries.fresh_upload(resources, actor, submission_id)
        return FreshUpload(submission_id=submission_id, upload=upload)

    return await answer_once(request, b"", act, status=200)


@router.post(
    "/upload",
    responses=responses(*_NOT_WAITING, NoUpload, NotAnArchive, IncompleteBody, Invalid, ArtifactTooLarge),
)
async def upload_artifact(
    submission_id: UUID,
    request: Request,
    expected: ExpectedVersions,
    actor: CurrentActor,
    resources: OpenResources,
) -> UploadedArtifact:
    """Put the artifact where its upload URL would, in place of what was there.

    The same bytes again change nothing, so no idempotency key is kept for them.
    """
    async with arriving(request, resources.settings.max_artifact_bytes) as incoming:
        await wait_for_tasks(resources.database, expected)
        await queries.find_waiting(resources, actor, submission_id)
        if not await begins_as_zip(incoming):
            raise NotAnArchive()
        if __debug__:
            failpoint("before_upload_is_stored")
        await resources.storage.put(
            key_of_upload(submission_id),
            incoming.chunks(),
            size_bytes=incoming.size_bytes,
            content_type="application/zip",
        )
    if __debug__:
        failpoint("after_upload_is_stored_before_answer")
    return UploadedArtifact(
        submission_id=submission_id,
        size_bytes=incoming.size_bytes,
        sha256=incoming.sha256,
        received_at=resources.database.clock.now(),
    )


@router.post(
    "/complete",
    response_model=CompletedUpload,
    responses=responses(
        *_NOT_WAITING, NoUploadFound, NotAnArchive, UnacceptableArchive, ArtifactTooLarge, SubmissionMdMissing
    ),
)
async def complete_upload(
    submission_id: UUID,
    request: Request,
    expected: ExpectedVersions,
    actor: CurrentActor,
    resources: OpenResources,
) -> Response:
    """Take over what was uploaded; its evaluation is due from then on.

    An artifact that is unfit ends the submission, and the refusal says why.
    """
    await wait_for_tasks(resources.database, expected)
    complete = partial(
        commands.complete_upload, actor=actor, submission_id=submission_id, resources=resources
    )
    try:
        await queries.find_waiting(resources, actor, submission_id)
    except JoustError:
        # A key that was answered before gets its answer; all others get this refusal under the row's lock.
        return await answer_once(request, b"", partial(complete, taken=None), status=200)
    copy_id = resources.database.ids.new()
    async with taken_over(resources.storage, submission_id, copy_id, resources.settings) as taken:
        answer = await answer_once(request, b"", partial(complete, taken=taken), status=200)
    resources.removals.note(key_of_upload(submission_id))
    return answer
