"""Internal API of lists of submissions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from joust_contracts.internal.common import Page
from joust_contracts.internal.submissions import SubmissionEntry
from joust_kit.errors import Invalid, Unauthorized, Unavailable
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, ExpectedVersions, Reading, TransactionalRoute
from joust_submission.listing import queries
from joust_submission.listing.errors import NotTheOwner
from joust_submission.resources import OpenResources
from joust_submission.submissions.errors import TaskNotFound
from joust_submission.tasks.queries import wait_for_task

router = APIRouter(
    prefix="/internal", route_class=TransactionalRoute, responses=responses(Unauthorized, Unavailable)
)

Limit = Annotated[int, Query(ge=1, le=100)]
CursorText = Annotated[str | None, Query(max_length=200)]


@router.get("/submissions", responses=responses(Invalid))
async def list_own(
    actor: CurrentActor,
    session: Reading,
    task_id: UUID | None = None,
    limit: Limit = 20,
    cursor: CursorText = None,
) -> Page[SubmissionEntry]:
    """List the actor's submissions, newest first."""
    return await queries.list_own(session, actor, task_id, limit, cursor)


@router.get("/tasks/{task_id}/submissions", responses=responses(TaskNotFound, NotTheOwner, Invalid))
async def list_to_task(
    task_id: UUID,
    expected: ExpectedVersions,
    actor: CurrentActor,
    session: Reading,
    resources: OpenResources,
    limit: Limit = 20,
    cursor: CursorText = None,
) -> Page[SubmissionEntry]:
    """List the submissions to a task of the actor, newest first."""
    await wait_for_task(resources.database, task_id, expected)
    return await queries.list_to_task(session, actor, task_id, limit, cursor)
