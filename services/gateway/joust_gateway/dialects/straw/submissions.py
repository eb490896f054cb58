"""Submissions, in the Straw dialect."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from joust_contracts.refusals.submissions import ARTIFACT_TOO_LARGE, AT_THE_BEGINNING, NO_SUCH_SUBMISSION
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.dialects.straw import examples
from joust_gateway.dialects.straw.next_actions import for_waiting
from joust_gateway.dialects.straw.reading import read_submission
from joust_gateway.dialects.straw.schemas.lifecycle import WaitQuery
from joust_gateway.dialects.straw.schemas.submissions import QuickSubmission, Submission, Submitted
from joust_gateway.dialects.straw.waiting import wait_for_change
from joust_gateway.documented import operation
from joust_gateway.limits import Limit, limited
from joust_gateway.resources import OpenResources
from joust_kit.errors import InvalidUuid
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api/v1", tags=["submissions"], route_class=TranslatingRoute)


@router.post(
    "/tasks/{task_id}/quick-submit",
    operation_id="quick_submit",
    dependencies=[limited(Limit.SUBMISSIONS)],
    **operation(
        *AT_THE_BEGINNING,
        InvalidUuid,
        ARTIFACT_TOO_LARGE,
        once=True,
        status=201,
        request=examples.QUICK_SUBMISSION,
        answer=examples.SUBMITTED,
    ),
)
async def quick_submit(
    task_id: UUID,
    wanted: QuickSubmission,
    call: Annotated[Call, calls(Scope.SUBMISSIONS_WRITE)],
    resources: OpenResources,
) -> Submitted:
    """Hand in files as JSON; packing, SUBMISSION.md and evaluation are seen to. Uses one of your quota."""
    task = await resources.services.tasks.get(call, task_id)
    taken = await resources.services.submissions.quick_submit(call, task, wanted)
    return Submitted.of(taken, for_waiting(call.caller, taken.submission.id))


@router.get(
    "/submissions/{submission_id}",
    operation_id="get_submission",
    **operation(NO_SUCH_SUBMISSION, InvalidUuid, answer=examples.SUBMISSION),
)
async def get_submission(
    submission_id: UUID,
    wanted: Annotated[WaitQuery, Query()],
    call: Annotated[Call, calls(Scope.PROFILE_READ)],
    resources: OpenResources,
) -> Submission:
    """Read a submission of yours, or to a task of yours, with its scores and the judge's reasons."""
    if wanted.wait:
        return (await wait_for_change(call, submission_id, resources, seconds=wanted.wait)).submission
    return (await read_submission(call, submission_id, resources)).submission
