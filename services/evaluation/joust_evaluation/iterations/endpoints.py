"""Internal API of iterations and of their records."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from joust_contracts.internal.common import Page
from joust_contracts.internal.records import EvaluationRecord, IterationView, JudgeView
from joust_evaluation.iterations import queries, repository
from joust_evaluation.iterations.errors import NoSuchEvaluation, NotTheOwner
from joust_evaluation.resources import OpenResources
from joust_kit.database.freshness import wait_for_version
from joust_kit.errors import Invalid, Unauthorized, Unavailable
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, ExpectedVersions, Reading, TransactionalRoute

router = APIRouter(
    prefix="/internal", route_class=TransactionalRoute, responses=responses(Unauthorized, Unavailable)
)


@router.get("/submissions/{submission_id}/evaluations", responses=responses(Invalid))
async def list_iterations(
    submission_id: UUID,
    actor: CurrentActor,
    session: Reading,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[IterationView]:
    """List a submission's evaluations, newest first."""
    return await queries.list_iterations(session, actor, submission_id, limit, cursor)


@router.get(
    "/submissions/{submission_id}/evaluations/{iteration}/record",
    responses=responses(NoSuchEvaluation, NotTheOwner),
)
async def get_record(
    submission_id: UUID,
    iteration: Annotated[int, Path(ge=1, le=2**31 - 1)],
    actor: CurrentActor,
    session: Reading,
) -> EvaluationRecord:
    """Read how an iteration was judged."""
    return await queries.get_record(session, actor, submission_id, iteration)


@router.get("/tasks/{task_id}/judge-version")
async def get_judge(
    task_id: UUID,
    expected: ExpectedVersions,
    _actor: CurrentActor,
    session: Reading,
    resources: OpenResources,
) -> JudgeView:
    """Read which judge would judge a submission to a task now."""
    await wait_for_version(lambda: repository.version_of_task(session, task_id), expected.get(task_id))
    return await queries.get_judge(session, task_id, resources.judge.identity)
