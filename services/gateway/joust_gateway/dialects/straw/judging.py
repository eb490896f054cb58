"""What posters' own judges do, in the Straw dialect: post scores, and come for their work."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from joust_contracts.refusals.external_judging import (
    ALREADY_SCORED,
    EVAL_WRITE_FAILED,
    INVALID_CALLBACK_TOKEN,
    LEASE_LOST,
    NO_SUCH_EVALUATION,
    NOTHING_TO_SCORE,
    SCORE_NOT_AWAITED,
    WRONG_EVAL_MODE,
)
from joust_contracts.refusals.tasks import NO_SUCH_TASK, NOT_THE_OWNER
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, anonymous_change, calls
from joust_gateway.dialects.straw.examples import judging as examples
from joust_gateway.dialects.straw.next_actions import for_claim, for_judge
from joust_gateway.dialects.straw.schemas.judging import (
    Claim,
    ExtendedLease,
    ExternalScore,
    ExternalScoreTaken,
    LeaseExtension,
    TaskJudge,
)
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources
from joust_kit.errors import InvalidUuid, JoustError, Unavailable
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api/v1", tags=["judging"], route_class=TranslatingRoute)

_OF_A_TASK = (NO_SUCH_TASK, InvalidUuid, NOT_THE_OWNER, WRONG_EVAL_MODE)


class EvalWriteFailed(Unavailable, says=EVAL_WRITE_FAILED):
    """The part that keeps scores does not answer."""


@router.post(
    "/submissions/{submission_id}/external-score",
    operation_id="post_external_score",
    **operation(
        NOTHING_TO_SCORE,
        InvalidUuid,
        INVALID_CALLBACK_TOKEN,
        WRONG_EVAL_MODE,
        ALREADY_SCORED,
        SCORE_NOT_AWAITED,
        LEASE_LOST,
        EVAL_WRITE_FAILED,
        once=True,
        needs_key=False,
        request=examples.SCORE,
        answer=examples.SCORE_TAKEN,
    ),
)
async def post_external_score(
    submission_id: UUID,
    posted: ExternalScore,
    call: Annotated[Call, Depends(anonymous_change)],
    resources: OpenResources,
) -> ExternalScoreTaken:
    """Post the score of your own judge, or why there is none. The `callback_token` stands for a key.

    Each evaluation is scored once; a re-evaluation asks again and may be scored again.
    """
    try:
        return ExternalScoreTaken.of(await resources.services.judging.post_score(call, submission_id, posted))
    except JoustError as error:
        if error.status == EvalWriteFailed.status:
            raise EvalWriteFailed() from error
        raise


@router.post(
    "/tasks/{task_id}/evaluations/claim",
    operation_id="claim_evaluation",
    response_model=Claim,
    **operation(
        *_OF_A_TASK,
        once=True,
        answer=examples.CLAIM,
        nothing="Nothing waits for your judge. Come again later.",
    ),
)
async def claim_evaluation(
    task_id: UUID,
    call: Annotated[Call, calls(Scope.SUBMISSIONS_REVIEW)],
    resources: OpenResources,
) -> Claim | Response:
    """Get the submission that has waited longest for your judge, if your judge can't be reached by webhook.

    It is yours under a lease: until that runs out no other claim gets it, and only a score with its
    `lease_id` is taken.
    """
    task = await resources.services.tasks.get(call, task_id)
    claimed = (await resources.services.judging.claim(call, task)).claimed
    if claimed is None:
        return Response(status_code=204)
    request, lease = claimed.request, claimed.lease
    return Claim.of(claimed, for_claim(call.caller, request.submission_id, lease.evaluation_id))


@router.post(
    "/evaluations/{evaluation_id}/extend",
    operation_id="extend_lease",
    **operation(
        NO_SUCH_EVALUATION,
        InvalidUuid,
        ALREADY_SCORED,
        SCORE_NOT_AWAITED,
        LEASE_LOST,
        once=True,
        request=examples.EXTENSION,
        answer=examples.LEASE,
    ),
)
async def extend_lease(
    evaluation_id: UUID,
    wanted: LeaseExtension,
    call: Annotated[Call, calls(Scope.SUBMISSIONS_REVIEW)],
    resources: OpenResources,
) -> ExtendedLease:
    """Keep a submission that you claimed for the whole length of a lease from now on."""
    return ExtendedLease.of(await resources.services.judging.extend(call, evaluation_id, wanted))


@router.get(
    "/tasks/{task_id}/judge",
    operation_id="get_task_judge",
    **operation(*_OF_A_TASK, answer=examples.JUDGE),
)
async def get_task_judge(
    task_id: UUID,
    call: Annotated[Call, calls(Scope.SUBMISSIONS_REVIEW)],
    resources: OpenResources,
) -> TaskJudge:
    """Read what your own judge needs: the token of its scores, and the secret that signs its requests."""
    task = await resources.services.tasks.get(call, task_id)
    judge = await resources.services.judging.judge(call, task)
    return TaskJudge.of(judge, for_judge(call.caller, task_id))
