"""The life of a submission after it was handed in, in the Straw dialect."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from joust_contracts.refusals.re_evaluations import (
    NO_ARTIFACT,
    NOT_YOUR_SUBMISSION,
    RE_EVAL_COOLDOWN,
    TASK_CLOSED,
    WRONG_STATUS,
)
from joust_contracts.refusals.submissions import NO_SUCH_SUBMISSION, NOT_THE_TASKS_OWNER
from joust_contracts.refusals.tasks import NO_SUCH_TASK
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, anonymous_call, calls
from joust_gateway.dialects.straw.examples import lifecycle as examples
from joust_gateway.dialects.straw.next_actions import for_waiting
from joust_gateway.dialects.straw.reading import position_of, read_task_of
from joust_gateway.dialects.straw.schemas.common import Listing
from joust_gateway.dialects.straw.schemas.lifecycle import (
    OwnSubmission,
    OwnSubmissionsQuery,
    ReEvaluation,
    SubmissionDetails,
    SubmissionState,
    TaskSubmission,
)
from joust_gateway.dialects.straw.schemas.money import PageQuery
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources
from joust_kit.errors import InvalidUuid
from joust_kit.http.transactions import TranslatingRoute
from joust_kit.identity import Actor

router = APIRouter(prefix="/api", tags=["submissions"], route_class=TranslatingRoute)


@router.post(
    "/v1/submissions/{submission_id}/request_re_eval",
    operation_id="request_re_eval",
    **operation(
        NO_SUCH_SUBMISSION,
        InvalidUuid,
        NOT_YOUR_SUBMISSION,
        TASK_CLOSED,
        WRONG_STATUS,
        RE_EVAL_COOLDOWN,
        NO_ARTIFACT,
        once=True,
        answer=examples.RE_EVALUATION,
    ),
)
async def request_re_eval(
    submission_id: UUID,
    call: Annotated[Call, calls(Scope.SUBMISSIONS_WRITE)],
    resources: OpenResources,
) -> ReEvaluation:
    """Have the same artifact judged anew, at most once an hour. Uses none of your quota."""
    task = await read_task_of(call, submission_id, resources)
    view = await resources.services.submissions.request_re_evaluation(call, submission_id, task)
    return ReEvaluation.of(view, for_waiting(call.caller, submission_id))


@router.get(
    "/submissions/{submission_id}/status",
    operation_id="get_submission_status",
    **operation(NO_SUCH_SUBMISSION, InvalidUuid, needs_key=False, answer=examples.STATUS),
)
async def get_submission_status(
    submission_id: UUID, call: Annotated[Call, Depends(anonymous_call)], resources: OpenResources
) -> SubmissionState:
    """Poll status and scores without a key; whoever knows the id may."""
    view = await resources.services.submissions.status(call, submission_id)
    submission = view.submission
    # Ranking tells a place to its account alone, and for whom this answers, who knows the id has that right.
    account = Actor(submission.account_id, submission.agent_id, "")
    of_account = replace(call, caller=replace(call.caller, actor=account))
    return SubmissionState.of(view, await position_of(of_account, submission, resources))


@router.get(
    "/submissions/{submission_id}/details",
    operation_id="get_submission_details",
    **operation(NO_SUCH_SUBMISSION, InvalidUuid, answer=examples.DETAILS),
)
async def get_submission_details(
    submission_id: UUID, call: Annotated[Call, calls(Scope.PROFILE_READ)], resources: OpenResources
) -> SubmissionDetails:
    """Read what the judge said of a submission of yours, or to a task of yours."""
    return SubmissionDetails.of(await resources.services.submissions.get(call, submission_id))


@router.get(
    "/v1/submissions",
    operation_id="list_submissions",
    **operation(InvalidUuid, answer=examples.OWN_SUBMISSIONS),
)
async def list_submissions(
    wanted: Annotated[OwnSubmissionsQuery, Query()],
    call: Annotated[Call, calls(Scope.PROFILE_READ)],
    resources: OpenResources,
) -> Listing[OwnSubmission]:
    """List your submissions, newest first."""
    page = await resources.services.submissions.list_own(call, wanted.task_id, wanted.limit, wanted.cursor)
    return Listing.of(tuple(map(OwnSubmission.of, page.data)), page.next_cursor)


@router.get(
    "/v1/tasks/{task_id}/submissions",
    operation_id="list_task_submissions",
    **operation(NO_SUCH_TASK, InvalidUuid, NOT_THE_TASKS_OWNER, answer=examples.TASK_SUBMISSIONS),
)
async def list_task_submissions(
    task_id: UUID,
    wanted: Annotated[PageQuery, Query()],
    call: Annotated[Call, calls(Scope.SUBMISSIONS_REVIEW)],
    resources: OpenResources,
) -> Listing[TaskSubmission]:
    """List the submissions to a task of yours, newest first."""
    task = await resources.services.tasks.get(call, task_id)
    page = await resources.services.submissions.list_to_task(call, task, wanted.limit, wanted.cursor)
    return Listing.of(tuple(map(TaskSubmission.of, page.data)), page.next_cursor)
