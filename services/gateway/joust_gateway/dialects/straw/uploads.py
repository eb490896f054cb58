"""The manual flow of submissions, and the check beforehand, in the Straw dialect."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request

from joust_contracts.internal.tasks import TaskView
from joust_contracts.internal.uploads import PreflightView
from joust_contracts.refusals.submissions import (
    ARTIFACT_TOO_LARGE,
    AT_THE_BEGINNING,
    DEADLINE_PASSED,
    NO_SUCH_SUBMISSION,
)
from joust_contracts.refusals.tasks import NO_SUCH_TASK
from joust_contracts.refusals.uploads import (
    ALREADY_UPLOADED,
    NO_UPLOAD_FOUND,
    NOT_AN_ARCHIVE,
    NOT_THE_SUBMITTER,
    SUBMISSION_IN_PROGRESS,
    SUBMISSION_MD_MISSING,
    TASK_CLOSED,
    UNACCEPTABLE_ARCHIVE,
    WRONG_STATUS,
)
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.clients.uploads import Upload
from joust_gateway.dialects.straw.examples import QUICK_SUBMISSION
from joust_gateway.dialects.straw.examples import uploads as examples
from joust_gateway.dialects.straw.next_actions import for_preflight, for_registered, for_waiting
from joust_gateway.dialects.straw.reading import read_task_of
from joust_gateway.dialects.straw.schemas.submissions import QuickSubmission
from joust_gateway.dialects.straw.schemas.uploads import (
    Completed,
    NewSubmission,
    Preflight,
    RegisteredSubmission,
    RenewedUpload,
    Uploaded,
)
from joust_gateway.dialects.straw.small_bodies import media_type_of, read_json
from joust_gateway.documented import operation
from joust_gateway.limits import Limit, limited
from joust_gateway.resources import OpenResources, Resources
from joust_kit.errors import InvalidUuid, UnsupportedType
from joust_kit.http.transactions import TranslatingRoute

UPLOAD_PATH = r"/api/v1/submissions/[^/]+/upload"
PREFLIGHT_PATH = r"/api/v1/tasks/[^/]+/preflight"

router = APIRouter(prefix="/api/v1", tags=["submissions"], route_class=TranslatingRoute)

Writes = Annotated[Call, calls(Scope.SUBMISSIONS_WRITE)]

_NOT_WAITING = (
    NO_SUCH_SUBMISSION,
    InvalidUuid,
    NOT_THE_SUBMITTER,
    WRONG_STATUS,
    TASK_CLOSED,
    DEADLINE_PASSED,
)


def _preflight() -> dict[str, Any]:
    files = {"schema": QuickSubmission.model_json_schema(), "example": QUICK_SUBMISSION}
    return operation(
        NO_SUCH_TASK,
        InvalidUuid,
        ARTIFACT_TOO_LARGE,
        NOT_AN_ARCHIVE,
        body={"application/json": files, **examples.ARTIFACT},
        answer=examples.PREFLIGHT,
    )


@router.post(
    "/tasks/{task_id}/submissions",
    operation_id="register_submission",
    dependencies=[limited(Limit.SUBMISSIONS)],
    **operation(
        *AT_THE_BEGINNING,
        InvalidUuid,
        SUBMISSION_IN_PROGRESS,
        once=True,
        status=201,
        request=examples.NEW_SUBMISSION,
        answer=examples.REGISTERED,
    ),
)
async def register_submission(
    task_id: UUID, call: Writes, resources: OpenResources, wanted: NewSubmission | None = None
) -> RegisteredSubmission:
    """Enter a competition with an artifact that you bring by yourself. Uses one of your quota.

    PUT your zip to `upload_url` (or POST it to `/upload`), then call `/complete`.
    """
    task = await resources.services.tasks.get(call, task_id)
    taken = await resources.services.intake.register(call, task, wanted or NewSubmission())
    return RegisteredSubmission.of(taken, for_registered(call.caller, taken.submission.id))


@router.post(
    "/submissions/{submission_id}/upload-url",
    operation_id="renew_upload_url",
    **operation(*_NOT_WAITING, ALREADY_UPLOADED, once=True, answer=examples.RENEWED),
)
async def renew_upload_url(submission_id: UUID, call: Writes, resources: OpenResources) -> RenewedUpload:
    """Get a fresh upload URL for a registered submission without an artifact. Uses no quota."""
    task = await read_task_of(call, submission_id, resources)
    fresh = await resources.services.intake.renew(call, submission_id, task)
    return RenewedUpload.of(fresh, for_registered(call.caller, submission_id))


@router.post(
    "/submissions/{submission_id}/upload",
    operation_id="upload_artifact",
    **operation(
        *_NOT_WAITING, ARTIFACT_TOO_LARGE, NOT_AN_ARCHIVE, body=examples.ARTIFACT, answer=examples.UPLOADED
    ),
)
async def upload_artifact(
    submission_id: UUID, request: Request, call: Writes, resources: OpenResources
) -> Uploaded:
    """Send the zip through the API instead of putting it to the upload URL: at most 100 MB, as the file
    `file` of a form or as it is.

    It takes the place of what was uploaded before, and does not start the evaluation. The same bytes again
    change nothing, so this takes no Idempotency-Key.
    """
    _check_type(request)
    task = await read_task_of(call, submission_id, resources)
    taken = await resources.services.intake.upload(call, submission_id, task, Upload(request))
    return Uploaded.of(taken, for_registered(call.caller, submission_id))


@router.post(
    "/submissions/{submission_id}/complete",
    operation_id="complete_submission",
    **operation(
        *_NOT_WAITING,
        NO_UPLOAD_FOUND,
        SUBMISSION_MD_MISSING,
        ARTIFACT_TOO_LARGE,
        NOT_AN_ARCHIVE,
        UNACCEPTABLE_ARCHIVE,
        once=True,
        answer=examples.COMPLETED,
    ),
)
async def complete_submission(submission_id: UUID, call: Writes, resources: OpenResources) -> Completed:
    """Have what you uploaded checked, taken over and evaluated.

    An artifact that is unfit ends the submission as `failed`; check it beforehand by `/preflight`.
    """
    task = await read_task_of(call, submission_id, resources)
    done = await resources.services.intake.complete(call, submission_id, task)
    return Completed.of(done, for_waiting(call.caller, submission_id))


@router.post("/tasks/{task_id}/preflight", operation_id="preflight_submission", **_preflight())
async def preflight_submission(
    task_id: UUID, request: Request, call: Writes, resources: OpenResources
) -> Preflight:
    """Learn what a submission would be refused for, without making one.

    Send what you would send to `/quick-submit` (JSON) or to `/upload` (a zip, at most 100 MB). The checks are
    those of a submission. Nothing is kept and no quota used, so this takes no Idempotency-Key.
    """
    view = await _look(task_id, request, call, resources)
    return Preflight.of(view, for_preflight(call.caller, task_id, view))


async def _look(task_id: UUID, request: Request, call: Call, resources: Resources) -> PreflightView:
    services = resources.services
    if media_type_of(request) == "application/json":
        wanted = await read_json(request, QuickSubmission, resources.settings.max_body_bytes)
        return await services.intake.preflight_files(call, await _task(task_id, call, resources), wanted)
    _check_type(request)
    task = await _task(task_id, call, resources)
    return await services.intake.preflight_archive(call, task, Upload(request))


async def _task(task_id: UUID, call: Call, resources: Resources) -> TaskView:
    return await resources.services.tasks.get(call, task_id)


def _check_type(request: Request) -> None:
    """Raises ``UnsupportedType``: what is neither a form nor bytes is not passed on."""
    if media_type_of(request) not in examples.ARTIFACT:
        kinds = ", ".join(examples.ARTIFACT)
        raise UnsupportedType(f"Send the zip with one of these content types: {kinds}.")
