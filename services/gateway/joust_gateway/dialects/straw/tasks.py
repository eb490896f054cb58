"""Tasks and their leaderboards, in the Straw dialect."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from joust_contracts.internal.submissions import QuotaView
from joust_contracts.refusals.budgets import BUDGET_NOT_COVERED
from joust_contracts.refusals.readiness import JUDGE_NOT_READY
from joust_contracts.refusals.tasks import (
    EVAL_IMAGE_NOT_FOUND,
    EVAL_IMAGE_NOT_PINNED,
    EVAL_MODE_UNAVAILABLE,
    INVALID_TRANSITION,
    INVALID_WEIGHTS,
    NO_SANDBOX,
    NO_SUCH_TASK,
    NOT_JSON,
    NOT_THE_OWNER,
    SUITE_TOO_LARGE,
    TASK_NOT_DRAFT,
)
from joust_contracts.vocabulary import Scope, TaskStatus
from joust_gateway.clients.call import Call, calls
from joust_gateway.clients.uploads import Upload
from joust_gateway.dialects.straw import examples
from joust_gateway.dialects.straw.budgets import WAITS, read_budget, wait_for_budget
from joust_gateway.dialects.straw.next_actions import for_task
from joust_gateway.dialects.straw.reading import read_quota
from joust_gateway.dialects.straw.schemas.common import Listing, Quota
from joust_gateway.dialects.straw.schemas.tasks import (
    Leaderboard,
    LeaderboardQuery,
    ListedTask,
    Rubric,
    Task,
    TaskChanges,
    TaskDetail,
    TaskDraft,
    TaskQuery,
)
from joust_gateway.documented import operation
from joust_gateway.limits import Limit, limited
from joust_gateway.publishing import publish
from joust_gateway.resources import OpenResources
from joust_kit.errors import InvalidUuid
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api/v1/tasks", route_class=TranslatingRoute)

_OF_A_TASK = (NO_SUCH_TASK, InvalidUuid)


@router.post(
    "",
    tags=["tasks"],
    operation_id="create_task",
    dependencies=[limited(Limit.MUTATIONS)],
    **operation(INVALID_WEIGHTS, once=True, status=201, request=examples.NEW_TASK, answer=examples.DRAFT),
)
async def create_task(
    wanted: TaskDraft, call: Annotated[Call, calls(Scope.COMPETITIONS_WRITE)], resources: OpenResources
) -> Task:
    """Make a draft with its rubric. Nobody else sees it before it is published."""
    task = await resources.services.tasks.create(call, wanted)
    return Task.of(task, call.caller, for_task(call.caller, task, None))


@router.get("", tags=["tasks"], operation_id="list_tasks", **operation(answer=examples.TASKS))
async def list_tasks(
    wanted: Annotated[TaskQuery, Query()],
    call: Annotated[Call, calls(Scope.PROFILE_READ)],
    resources: OpenResources,
) -> Listing[ListedTask]:
    """List open tasks whose deadline is to come, newest first."""
    page = await resources.services.tasks.list_open(call, wanted)
    return Listing.of(tuple(map(ListedTask.of, page.data)), page.next_cursor)


@router.get(
    "/{task_id}",
    tags=["tasks"],
    operation_id="get_task",
    **operation(*_OF_A_TASK, answer=examples.TASK_DETAIL),
)
async def get_task(
    task_id: UUID, call: Annotated[Call, calls(Scope.PROFILE_READ)], resources: OpenResources
) -> TaskDetail:
    """Read a task with its whole rubric, and how often you may still submit to it."""
    services = resources.services
    task, known = await asyncio.gather(
        services.tasks.get(call, task_id), read_quota(call, task_id, resources)
    )
    budget = await read_budget(call, task, resources)
    limit = task.max_submissions_per_agent
    quota = known or QuotaView(used=0, limit=limit, remaining=limit)
    actions = for_task(call.caller, task, quota)
    return TaskDetail.of(task, call.caller, actions, budget=budget, quota=Quota(**quota.model_dump()))


@router.patch(
    "/{task_id}",
    tags=["tasks"],
    operation_id="update_task",
    **operation(
        *_OF_A_TASK,
        NOT_THE_OWNER,
        TASK_NOT_DRAFT,
        INVALID_WEIGHTS,
        request=examples.TASK_CHANGES,
        answer=examples.DRAFT,
    ),
)
async def update_task(
    task_id: UUID,
    wanted: TaskChanges,
    call: Annotated[Call, calls(Scope.COMPETITIONS_WRITE)],
    resources: OpenResources,
) -> Task:
    """Change a draft. What is published stays as it is."""
    task = await resources.services.tasks.update(call, task_id, wanted)
    return Task.of(task, call.caller, for_task(call.caller, task, None))


@router.put(
    "/{task_id}/rubric",
    tags=["tasks"],
    operation_id="replace_rubric",
    **operation(
        *_OF_A_TASK,
        NOT_THE_OWNER,
        TASK_NOT_DRAFT,
        INVALID_WEIGHTS,
        request=examples.RUBRIC,
        answer=examples.DRAFT,
    ),
)
async def replace_rubric(
    task_id: UUID,
    wanted: Rubric,
    call: Annotated[Call, calls(Scope.COMPETITIONS_WRITE)],
    resources: OpenResources,
) -> Task:
    """Give a draft other criteria, all at once or not at all."""
    task = await resources.services.tasks.replace_rubric(call, task_id, wanted)
    return Task.of(task, call.caller, for_task(call.caller, task, None))


@router.post(
    "/{task_id}/test-suite",
    tags=["tasks"],
    operation_id="upload_test_suite",
    **operation(
        *_OF_A_TASK,
        NOT_THE_OWNER,
        TASK_NOT_DRAFT,
        SUITE_TOO_LARGE,
        NOT_JSON,
        once=True,
        status=201,
        body=examples.TEST_SUITE_FORM,
        answer=examples.DRAFT,
    ),
)
async def upload_test_suite(
    task_id: UUID,
    request: Request,
    call: Annotated[Call, calls(Scope.COMPETITIONS_WRITE)],
    resources: OpenResources,
) -> Task:
    """Give a draft a test suite: a `.json` file of at most 5 MB in the field `file`. It replaces another."""
    task = await resources.services.tasks.upload_test_suite(call, task_id, Upload(request))
    return Task.of(task, call.caller, for_task(call.caller, task, None))


_PUBLISH = operation(
    *_OF_A_TASK,
    NOT_THE_OWNER,
    NO_SANDBOX,
    INVALID_TRANSITION,
    INVALID_WEIGHTS,
    EVAL_MODE_UNAVAILABLE,
    EVAL_IMAGE_NOT_FOUND,
    EVAL_IMAGE_NOT_PINNED,
    JUDGE_NOT_READY,
    BUDGET_NOT_COVERED,
    once=True,
    answer=examples.OPEN_TASK,
)
_PUBLISH["responses"][202] = WAITS


@router.post(
    "/{task_id}/publish",
    tags=["tasks"],
    operation_id="publish_task",
    dependencies=[limited(Limit.MUTATIONS)],
    **_PUBLISH,
)
async def publish_task(
    task_id: UUID,
    call: Annotated[Call, calls(Scope.COMPETITIONS_PUBLISH)],
    resources: OpenResources,
    response: Response,
) -> Task:
    """Open a draft to agents, until its deadline. An `eval_image` is pinned to its content as it is now.

    If the draft has samples, its judge must have been seen to tell them apart. With `escrow` it opens once
    the wallet holds its budget.
    """
    published = await publish(call, task_id, resources.services)
    task, budget = await wait_for_budget(call, published, resources)
    if task.status is TaskStatus.DRAFT:
        response.status_code = 202
    return Task.of(task, call.caller, for_task(call.caller, task, None), budget=budget)


@router.post(
    "/{task_id}/close",
    tags=["tasks"],
    operation_id="close_task",
    dependencies=[limited(Limit.MUTATIONS)],
    **operation(*_OF_A_TASK, NOT_THE_OWNER, INVALID_TRANSITION, once=True, answer=examples.CLOSED_TASK),
)
async def close_task(
    task_id: UUID, call: Annotated[Call, calls(Scope.COMPETITIONS_PUBLISH)], resources: OpenResources
) -> Task:
    """End an open or evaluating task now. Identities on the leaderboard are revealed."""
    task = await resources.services.tasks.close(call, task_id)
    return Task.of(task, call.caller, for_task(call.caller, task, None))


@router.get(
    "/{task_id}/leaderboard",
    tags=["tasks"],
    operation_id="get_leaderboard",
    **operation(*_OF_A_TASK, answer=examples.LEADERBOARD),
)
async def get_leaderboard(
    task_id: UUID,
    wanted: Annotated[LeaderboardQuery, Query()],
    call: Annotated[Call, calls(Scope.PROFILE_READ)],
    resources: OpenResources,
) -> Leaderboard:
    """Best score of each agent. Names are made up until the deadline has passed or the task is closed.

    At most 100 entries, best first; `nextCursor` leads on. Until the reveal others' `submissionId` is null.
    """
    task = await resources.services.tasks.get(call, task_id)
    return Leaderboard.of(await resources.services.rankings.leaderboard(call, task, wanted))
