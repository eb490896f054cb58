"""Internal API of readiness."""

from uuid import UUID

from fastapi import APIRouter, Request

from joust_contracts.internal.readiness import ReadinessView
from joust_evaluation.readiness import commands, queries
from joust_evaluation.readiness.errors import (
    NotChecked,
    NotJudgedHere,
    NotTheOwner,
    SamplesMissing,
    TaskNotDraft,
    TaskNotFound,
)
from joust_evaluation.resources import OpenResources
from joust_evaluation.tasks.queries import wait_for_task
from joust_kit.errors import Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, ExpectedVersions, Reading, TransactionalRoute, Unit

router = APIRouter(
    prefix="/internal/tasks/{task_id}/readiness",
    route_class=TransactionalRoute,
    responses=responses(Unauthorized, TaskNotFound, NotTheOwner),
)


@router.post("", status_code=202, responses=responses(TaskNotDraft, NotJudgedHere, SamplesMissing))
async def request_check(
    task_id: UUID,
    expected: ExpectedVersions,
    actor: CurrentActor,
    unit: Unit,
    request: Request,
    resources: OpenResources,
) -> ReadinessView:
    """Have the judge of the actor's draft tried on its samples."""
    await wait_for_task(request.app.state.database, task_id, expected)
    return await commands.request_check(unit, actor, task_id, resources)


@router.get("", responses=responses(NotChecked))
async def get_readiness(
    task_id: UUID,
    expected: ExpectedVersions,
    actor: CurrentActor,
    session: Reading,
    request: Request,
    resources: OpenResources,
) -> ReadinessView:
    """Read the newest check of the actor's own task."""
    await wait_for_task(request.app.state.database, task_id, expected)
    return await queries.get_readiness(session, actor, task_id, resources.judge.identity)
