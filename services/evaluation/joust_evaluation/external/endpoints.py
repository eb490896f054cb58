"""Internal API of external judging."""

from uuid import UUID

from fastapi import APIRouter, Request

from joust_contracts.internal.external_judging import (
    ClaimView,
    ExtendLease,
    JudgeView,
    Lease,
    PostScore,
    ScoreTaken,
)
from joust_evaluation.external import commands, queries
from joust_evaluation.external.errors import (
    AlreadyScored,
    EvaluationNotFound,
    InvalidCallbackToken,
    LeaseLost,
    NothingToScore,
    NotTheOwner,
    ScoreNotAwaited,
    TaskNotFound,
    WrongEvalMode,
)
from joust_evaluation.resources import OpenResources
from joust_evaluation.tasks.queries import wait_for_task
from joust_kit.errors import Invalid, Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import (
    CurrentActor,
    ExpectedVersions,
    Reading,
    TransactionalRoute,
    Unit,
)

router = APIRouter(prefix="/internal", route_class=TransactionalRoute, responses=responses(Unauthorized))

_OF_A_TASK = (TaskNotFound, NotTheOwner, WrongEvalMode)


@router.post(
    "/submissions/{submission_id}/external-score",
    responses=responses(
        NothingToScore,
        InvalidCallbackToken,
        WrongEvalMode,
        AlreadyScored,
        ScoreNotAwaited,
        LeaseLost,
        Invalid,
    ),
)
async def take_score(
    submission_id: UUID, posted: PostScore, _actor: CurrentActor, unit: Unit, resources: OpenResources
) -> ScoreTaken:
    """Take the score of the poster's judge. The token in the body says that it is the one."""
    return await commands.take_score(unit, submission_id, posted, resources)


@router.post("/tasks/{task_id}/claims", responses=responses(*_OF_A_TASK))
async def claim_next(
    task_id: UUID,
    actor: CurrentActor,
    unit: Unit,
    expected: ExpectedVersions,
    request: Request,
    resources: OpenResources,
) -> ClaimView:
    """Give out the next submission to judge, under a lease."""
    await wait_for_task(request.app.state.database, task_id, expected)
    return await commands.claim_next(unit, actor, task_id, resources)


@router.post(
    "/evaluations/{evaluation_id}/lease",
    responses=responses(EvaluationNotFound, AlreadyScored, ScoreNotAwaited, LeaseLost),
)
async def extend_lease(
    evaluation_id: UUID, wanted: ExtendLease, actor: CurrentActor, unit: Unit, resources: OpenResources
) -> Lease:
    """Let the holder of a lease keep it for longer."""
    return await commands.extend_lease(unit, actor, evaluation_id, wanted, resources)


@router.get("/tasks/{task_id}/judge", responses=responses(*_OF_A_TASK))
async def get_judge(
    task_id: UUID,
    actor: CurrentActor,
    session: Reading,
    expected: ExpectedVersions,
    request: Request,
    resources: OpenResources,
) -> JudgeView:
    """What the owner's judge needs to know, its secrets included."""
    await wait_for_task(request.app.state.database, task_id, expected)
    return await queries.get_judge(session, actor, task_id, resources)
