"""Internal API of the check beforehand. It keeps nothing: no transaction, no idempotency key."""

from uuid import UUID

from fastapi import APIRouter, Request

from joust_contracts.internal.submissions import QuickSubmit
from joust_contracts.internal.uploads import PreflightView
from joust_kit.archives.errors import ArtifactTooLarge
from joust_kit.errors import Invalid, Unauthorized, Unavailable
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, ExpectedVersions, TranslatingRoute
from joust_kit.incoming import IncompleteBody
from joust_submission.preflight import queries
from joust_submission.resources import OpenResources
from joust_submission.submissions.errors import TaskNotFound
from joust_submission.tasks.queries import wait_for_task
from joust_submission.uploads.errors import NoUpload
from joust_submission.uploads.intake import arriving

ARCHIVE_PATH = r"/internal/tasks/[^/]+/preflight-archive"

router = APIRouter(
    prefix="/internal/tasks/{task_id}",
    route_class=TranslatingRoute,
    responses=responses(Unauthorized, Unavailable, TaskNotFound),
)


@router.post("/preflight-files")
async def preflight_files(
    task_id: UUID,
    wanted: QuickSubmit,
    expected: ExpectedVersions,
    actor: CurrentActor,
    resources: OpenResources,
) -> PreflightView:
    """What quick-submit would say."""
    await wait_for_task(resources.database, task_id, expected)
    return await queries.preflight_files(resources, actor, task_id, wanted)


@router.post("/preflight-archive", responses=responses(NoUpload, IncompleteBody, Invalid, ArtifactTooLarge))
async def preflight_archive(
    task_id: UUID, request: Request, expected: ExpectedVersions, actor: CurrentActor, resources: OpenResources
) -> PreflightView:
    """What ``complete`` would say of a body."""
    async with arriving(request, resources.settings.max_artifact_bytes) as incoming:
        await wait_for_task(resources.database, task_id, expected)
        return await queries.preflight_archive(resources, actor, task_id, incoming)
