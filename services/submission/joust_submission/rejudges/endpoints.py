"""Internal API of judging a whole task again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from joust_contracts.internal.rejudges import RejudgeTask, RejudgeView
from joust_kit.errors import Invalid, Unauthorized, Unavailable
from joust_kit.http.errors import responses
from joust_kit.http.transactions import (
    CurrentActor,
    ExpectedVersions,
    Reading,
    TransactionalRoute,
    Unit,
)
from joust_submission.rejudges import commands, queries
from joust_submission.rejudges.errors import NotJudgedNow, NotTheOwner, RejudgeRunning, SameJudge
from joust_submission.rejudges.jobs import RejudgeSubmissions, rejudge_submissions
from joust_submission.rejudges.rules import timer_of
from joust_submission.resources import OpenResources
from joust_submission.submissions.errors import TaskNotFound
from joust_submission.tasks.queries import wait_for_task

router = APIRouter(
    prefix="/internal", route_class=TransactionalRoute, responses=responses(Unauthorized, Unavailable)
)


@router.post(
    "/tasks/{task_id}/rejudges",
    status_code=202,
    responses=responses(TaskNotFound, NotTheOwner, NotJudgedNow, SameJudge, RejudgeRunning),
)
async def rejudge_task(
    task_id: UUID,
    wanted: RejudgeTask,
    expected: ExpectedVersions,
    actor: CurrentActor,
    unit: Unit,
    resources: OpenResources,
) -> RejudgeView:
    """Have everything judged anew that another version of the judge has judged."""
    await wait_for_task(resources.database, task_id, expected)
    rejudge_id = await commands.begin_rejudge(unit, actor, task_id, wanted.judge_version)
    await unit.schedule(
        rejudge_submissions, RejudgeSubmissions(rejudge_id=rejudge_id), timer_id=timer_of(rejudge_id)
    )
    return await queries.get_rejudge(unit.session, actor, task_id, 1, None)


@router.get("/tasks/{task_id}/rejudges/newest", responses=responses(TaskNotFound, NotTheOwner, Invalid))
async def get_rejudge(
    task_id: UUID,
    expected: ExpectedVersions,
    actor: CurrentActor,
    session: Reading,
    resources: OpenResources,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> RejudgeView:
    """Read how far the newest time is, and what it changed."""
    await wait_for_task(resources.database, task_id, expected)
    return await queries.get_rejudge(session, actor, task_id, limit, cursor)
