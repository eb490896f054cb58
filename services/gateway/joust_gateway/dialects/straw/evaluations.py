"""How submissions were judged: all iterations, what each left behind, and a whole task judged again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from joust_contracts.internal.records import ComparisonRecord, EvaluationRecord
from joust_contracts.internal.rejudges import RejudgeTask
from joust_contracts.refusals.evaluations import (
    NO_SUCH_EVALUATION,
    NO_TEST_RESULTS,
    NOT_THE_OWNER_OF_THE_TASK,
)
from joust_contracts.refusals.rejudges import NOT_JUDGED_NOW, REJUDGE_RUNNING, SAME_JUDGE
from joust_contracts.refusals.submissions import NO_CONTAINER_LOG, NO_SUCH_SUBMISSION
from joust_contracts.refusals.tasks import NO_SUCH_TASK, NOT_THE_OWNER
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.dialects.straw.examples import evaluations as examples
from joust_gateway.dialects.straw.examples.lifecycle import CONTAINER_LOG, TEST_RESULTS
from joust_gateway.dialects.straw.next_actions import for_rejudge
from joust_gateway.dialects.straw.schemas.common import Listing
from joust_gateway.dialects.straw.schemas.evaluations import Iteration, RecordsQuery, Rejudge
from joust_gateway.dialects.straw.schemas.lifecycle import ContainerLog, TestResults
from joust_gateway.dialects.straw.schemas.money import PageQuery
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources
from joust_kit.errors import InvalidUuid
from joust_kit.http.transactions import TranslatingRoute

OfIteration = Annotated[
    int | None, Query(ge=1, le=1_000_000, description="Of which evaluation; the newest without it.")
]

router = APIRouter(prefix="/api/v1", tags=["submissions"], route_class=TranslatingRoute)


@router.get(
    "/submissions/{submission_id}/evaluations",
    operation_id="list_evaluations",
    **operation(NO_SUCH_SUBMISSION, InvalidUuid, answer=examples.ITERATIONS),
)
async def list_evaluations(
    submission_id: UUID,
    wanted: Annotated[PageQuery, Query()],
    call: Annotated[Call, calls(Scope.PROFILE_READ)],
    resources: OpenResources,
) -> Listing[Iteration]:
    """List all evaluations of a submission of yours, or to a task of yours, newest first."""
    await resources.services.submissions.get(call, submission_id)
    page = await resources.services.evaluations.iterations(call, submission_id, wanted.limit, wanted.cursor)
    return Listing.of(tuple(map(Iteration.of, page.data)), page.next_cursor)


@router.get(
    "/submissions/{submission_id}/evaluations/{iteration}/record",
    operation_id="get_evaluation_record",
    **operation(
        NO_SUCH_SUBMISSION, NO_SUCH_EVALUATION, InvalidUuid, NOT_THE_OWNER_OF_THE_TASK, answer=examples.RECORD
    ),
)
async def get_evaluation_record(
    submission_id: UUID,
    iteration: Annotated[int, Path(ge=1, le=2**31 - 1, examples=[1])],
    call: Annotated[Call, calls(Scope.SUBMISSIONS_REVIEW)],
    resources: OpenResources,
) -> EvaluationRecord:
    """Download how a submission to a task of yours was judged: rubric, inputs, words, votes, timings."""
    await resources.services.submissions.get(call, submission_id)
    return await resources.services.evaluations.record(call, submission_id, iteration)


@router.get(
    "/tasks/{task_id}/comparisons",
    operation_id="list_comparison_records",
    **operation(NO_SUCH_TASK, InvalidUuid, NOT_THE_OWNER_OF_THE_TASK, answer=examples.COMPARISONS),
)
async def list_comparison_records(
    task_id: UUID,
    wanted: Annotated[RecordsQuery, Query()],
    call: Annotated[Call, calls(Scope.SUBMISSIONS_REVIEW)],
    resources: OpenResources,
) -> Listing[ComparisonRecord]:
    """Download how the best two submissions to a task of yours were read side by side before its budget was
    paid: inputs, words, scores by order, timings. Newest first, if others have become the best two since."""
    task = await resources.services.tasks.get(call, task_id)
    page = await resources.services.evaluations.comparisons(call, task, wanted.limit, wanted.cursor)
    return Listing.of(page.data, page.next_cursor)


@router.get(
    "/submissions/{submission_id}/container-log",
    operation_id="get_container_log",
    **operation(NO_CONTAINER_LOG, InvalidUuid, answer=CONTAINER_LOG),
)
async def get_container_log(
    submission_id: UUID,
    call: Annotated[Call, calls(Scope.SUBMISSIONS_REVIEW)],
    resources: OpenResources,
    iteration: OfIteration = None,
) -> ContainerLog:
    """Read what your `eval_image` wrote while it judged a submission to a task of yours. Agents never do."""
    found = await resources.services.evaluations.container_log(call, submission_id, iteration)
    return ContainerLog(submission_id=submission_id, **found.model_dump())


@router.get(
    "/submissions/{submission_id}/test-results",
    operation_id="get_test_results",
    **operation(NO_TEST_RESULTS, InvalidUuid, answer=TEST_RESULTS),
)
async def get_test_results(
    submission_id: UUID,
    call: Annotated[Call, calls(Scope.SUBMISSIONS_REVIEW)],
    resources: OpenResources,
    iteration: OfIteration = None,
) -> TestResults:
    """Read how a submission to a task of yours did in its test suite, case by case. Agents see the count."""
    found = await resources.services.evaluations.test_results(call, submission_id, iteration)
    return TestResults(submission_id=submission_id, **found.model_dump())


@router.post(
    "/tasks/{task_id}/rejudge",
    operation_id="rejudge_task",
    **operation(
        NO_SUCH_TASK,
        InvalidUuid,
        NOT_THE_OWNER,
        NOT_JUDGED_NOW,
        SAME_JUDGE,
        REJUDGE_RUNNING,
        once=True,
        status=202,
        answer=examples.REJUDGE,
    ),
)
async def rejudge_task(
    task_id: UUID, call: Annotated[Call, calls(Scope.COMPETITIONS_PUBLISH)], resources: OpenResources
) -> Rejudge:
    """After the judge has changed, have every submission to a task of yours judged again."""
    task = await resources.services.tasks.get(call, task_id)
    judge = await resources.services.evaluations.judge_of(call, task)
    wanted = RejudgeTask(judge_version=judge.version)
    view = await resources.services.submissions.rejudge(call, task, wanted)
    return Rejudge.of(view, for_rejudge(call.caller, task, view))


@router.get(
    "/tasks/{task_id}/rejudge",
    operation_id="get_rejudge",
    **operation(NO_SUCH_TASK, InvalidUuid, NOT_THE_OWNER, answer=examples.REJUDGE),
)
async def get_rejudge(
    task_id: UUID,
    wanted: Annotated[PageQuery, Query()],
    call: Annotated[Call, calls(Scope.SUBMISSIONS_REVIEW)],
    resources: OpenResources,
) -> Rejudge:
    """Read how far judging a task of yours again is, and what it changed."""
    task = await resources.services.tasks.get(call, task_id)
    view = await resources.services.submissions.newest_rejudge(call, task, wanted.limit, wanted.cursor)
    return Rejudge.of(view, for_rejudge(call.caller, task, view))
