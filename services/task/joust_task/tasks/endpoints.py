"""Internal API of the task service."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from joust_contracts.internal.common import Page
from joust_contracts.internal.tasks import (
    CreateTask,
    PublicTask,
    PublishTask,
    ReplaceRubric,
    TaskFilter,
    TaskSummary,
    TaskView,
    UpdateTask,
)
from joust_kit.errors import Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, Reading, TransactionalRoute, Unit
from joust_task.tasks import commands, queries
from joust_task.tasks.errors import (
    DeadlineTooSoon,
    EvalModeUnavailable,
    ImageNotPinned,
    InvalidTransition,
    InvalidWeights,
    JudgeNotReady,
    NotTheOwner,
    TaskNotDraft,
    TaskNotFound,
    TestSuitesUnavailable,
)

router = APIRouter(
    prefix="/internal/tasks", route_class=TransactionalRoute, responses=responses(Unauthorized)
)


@router.post("", status_code=201, responses=responses(InvalidWeights, DeadlineTooSoon))
async def create_task(wanted: CreateTask, actor: CurrentActor, unit: Unit, request: Request) -> TaskView:
    """Make a draft."""
    task = await commands.create_task(unit, actor, wanted, request.app.state.settings)
    return task.snapshot()


@router.get("")
async def list_tasks(
    wanted: Annotated[TaskFilter, Query()], actor: CurrentActor, session: Reading, request: Request
) -> Page[TaskSummary]:
    """List open tasks, newest first."""
    return await queries.list_open_tasks(session, wanted, request.app.state.database.clock.now())


@router.get("/public")
async def list_public_tasks(
    wanted: Annotated[TaskFilter, Query()], actor: CurrentActor, session: Reading, request: Request
) -> Page[PublicTask]:
    """List open tasks for anybody, newest first."""
    return await queries.list_public_tasks(session, wanted, request.app.state.database.clock.now())


@router.get("/{task_id}", responses=responses(TaskNotFound))
async def get_task(task_id: UUID, actor: CurrentActor, session: Reading) -> TaskView:
    """Read one task."""
    return await queries.get_task(session, actor, task_id)


@router.patch(
    "/{task_id}",
    responses=responses(TaskNotFound, NotTheOwner, TaskNotDraft, InvalidWeights, DeadlineTooSoon),
)
async def update_task(
    task_id: UUID, wanted: UpdateTask, actor: CurrentActor, unit: Unit, request: Request
) -> TaskView:
    """Change fields of a draft."""
    task = await commands.update_task(unit, actor, task_id, wanted, request.app.state.settings)
    return task.snapshot()


@router.put("/{task_id}/rubric", responses=responses(TaskNotFound, NotTheOwner, TaskNotDraft, InvalidWeights))
async def replace_rubric(task_id: UUID, wanted: ReplaceRubric, actor: CurrentActor, unit: Unit) -> TaskView:
    """Give a draft other criteria."""
    task = await commands.replace_rubric(unit, actor, task_id, wanted)
    return task.snapshot()


@router.post(
    "/{task_id}/publish",
    responses=responses(
        TaskNotFound,
        NotTheOwner,
        InvalidTransition,
        InvalidWeights,
        EvalModeUnavailable,
        ImageNotPinned,
        JudgeNotReady,
        TestSuitesUnavailable,
    ),
)
async def publish_task(
    task_id: UUID,
    looked_up: Annotated[PublishTask, Query()],
    actor: CurrentActor,
    unit: Unit,
    request: Request,
) -> TaskView:
    """Draft to open."""
    task = await commands.publish_task(unit, actor, task_id, looked_up, request.app.state.settings)
    return task.snapshot()


@router.post("/{task_id}/close", responses=responses(TaskNotFound, NotTheOwner, InvalidTransition))
async def close_task(task_id: UUID, actor: CurrentActor, unit: Unit) -> TaskView:
    """Open or evaluating to closed."""
    task = await commands.close_task(unit, actor, task_id)
    return task.snapshot()
