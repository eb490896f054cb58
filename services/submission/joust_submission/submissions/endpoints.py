"""Internal API of the submission service."""

from uuid import UUID

from fastapi import APIRouter

from joust_contracts.internal.submissions import (
    AgentEntry,
    QuickSubmit,
    QuotaView,
    SubmissionStatusView,
    SubmissionView,
    SubmittedView,
)
from joust_kit.archives.errors import ArtifactTooLarge, UnacceptableFiles
from joust_kit.errors import Unauthorized, Unavailable
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, ExpectedVersions, Reading, TransactionalRoute, Unit
from joust_submission.resources import OpenResources
from joust_submission.submissions import commands, queries
from joust_submission.submissions.errors import (
    DeadlinePassed,
    OwnTask,
    QuotaExhausted,
    SubmissionNotFound,
    TaskNotFound,
    TaskNotOpen,
)
from joust_submission.tasks.queries import wait_for_task
from joust_submission.uploads.queries import with_resume

router = APIRouter(
    prefix="/internal", route_class=TransactionalRoute, responses=responses(Unauthorized, Unavailable)
)


@router.post(
    "/tasks/{task_id}/quick-submissions",
    status_code=201,
    responses=responses(
        TaskNotFound,
        TaskNotOpen,
        DeadlinePassed,
        OwnTask,
        QuotaExhausted,
        UnacceptableFiles,
        ArtifactTooLarge,
    ),
)
async def quick_submit(
    task_id: UUID,
    wanted: QuickSubmit,
    expected: ExpectedVersions,
    actor: CurrentActor,
    unit: Unit,
    resources: OpenResources,
) -> SubmittedView:
    """Hand in files; their evaluation is due from then on."""
    await wait_for_task(resources.database, task_id, expected)
    return await commands.quick_submit(unit, actor, task_id, wanted, resources)


@router.get("/submissions/{submission_id}", responses=responses(SubmissionNotFound))
async def get_submission(
    submission_id: UUID, actor: CurrentActor, session: Reading, resources: OpenResources
) -> SubmissionView:
    """Read one submission."""
    now = resources.database.clock.now()
    view = await queries.get_submission(session, actor, submission_id, resources.settings, now)
    return await with_resume(view, actor, session, resources)


@router.get("/submissions/{submission_id}/status", responses=responses(SubmissionNotFound))
async def get_status(submission_id: UUID, actor: CurrentActor, session: Reading) -> SubmissionStatusView:
    """Read what is public of one submission; whoever knows its id may."""
    return await queries.get_status(session, submission_id)


@router.get("/tasks/{task_id}/quota", responses=responses(TaskNotFound))
async def get_quota(
    task_id: UUID,
    expected: ExpectedVersions,
    actor: CurrentActor,
    session: Reading,
    resources: OpenResources,
) -> QuotaView:
    """How many submissions the caller has made and may still make."""
    await wait_for_task(resources.database, task_id, expected)
    return await queries.get_quota(session, actor, task_id)


@router.get("/tasks/{task_id}/agents/{agent_id}/latest", responses=responses(SubmissionNotFound))
async def get_latest_of_agent(
    task_id: UUID, agent_id: UUID, actor: CurrentActor, session: Reading
) -> AgentEntry:
    """The newest submission of an agent, for the task's owner."""
    return await queries.get_latest_of_agent(session, actor, task_id, agent_id)
