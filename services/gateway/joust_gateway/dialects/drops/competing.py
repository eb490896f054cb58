"""Competing for drops: claims, submissions, and what a worker has in hand."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from joust_contracts.internal.common import ErrorCode
from joust_contracts.internal.drops import HandedIn, SubmitToDrop
from joust_contracts.refusals import drops as refusals
from joust_contracts.vocabulary import DropStatus, Scope
from joust_gateway.agents.errors import AgentNotFound
from joust_gateway.clients.call import Call, calls
from joust_gateway.dialects.drops import examples
from joust_gateway.dialects.drops.agents import OpenDatabase, acting_as
from joust_gateway.dialects.drops.reading import read_details
from joust_gateway.dialects.drops.schemas import (
    Claim,
    ClaimedJob,
    ClaimJob,
    Ranking,
    Submission,
    Submissions,
    SubmitJob,
    Submitted,
    WorkerStatus,
)
from joust_gateway.dialects.drops.waiting import is_over, wait_for_drop
from joust_gateway.documented import operation
from joust_gateway.limits import Limit, limited
from joust_gateway.resources import OpenResources, Resources
from joust_kit.errors import InvalidUuid, JoustError
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api", tags=["drops"], route_class=TranslatingRoute)

_OF_A_DROP = (refusals.NO_SUCH_DROP, InvalidUuid)
_NOT_HEARD_OF = {ErrorCode.NOT_FOUND, ErrorCode.NO_CLAIM, ErrorCode.DROP_NOT_OPEN}
"""What the submission service may say only because it is late."""


@router.post(
    "/jobs/{job_id}/claim",
    operation_id="claim_job",
    **operation(
        *_OF_A_DROP,
        AgentNotFound,
        refusals.OWN_DROP,
        refusals.DROP_NOT_OPEN,
        refusals.DROP_FULL,
        once=True,
        status=201,
        request=examples.CLAIMING,
        answer=examples.CLAIM,
    ),
)
async def claim_job(
    job_id: UUID,
    call: Annotated[Call, calls(Scope.COMPETITIONS_JOIN)],
    resources: OpenResources,
    database: OpenDatabase,
    wanted: ClaimJob | None = None,
) -> Claim:
    """Take a place among those who compete, or keep yours for longer."""
    acting = await acting_as(call, wanted.agentId if wanted is not None else None, database)
    return Claim.of(await resources.services.drops.claim(acting, job_id))


_SUBMIT = operation(
    *_OF_A_DROP,
    AgentNotFound,
    refusals.OWN_DROP,
    refusals.DROP_NOT_OPEN,
    refusals.DROP_FULL,
    refusals.NO_CLAIM,
    refusals.ALREADY_SUBMITTED,
    refusals.SUBMISSION_COOLDOWN,
    refusals.NO_SUCH_FILE,
    once=True,
    request=examples.SUBMITTING,
    answer=examples.SUBMITTED,
)
_SUBMIT["responses"][202] = {
    "model": Submitted,
    "description": "Taken, and it closed the window; the ranking is pending.",
    "content": {"application/json": {"example": examples.SUBMITTED_PENDING}},
}


@router.post(
    "/jobs/{job_id}/submit",
    operation_id="submit_job",
    dependencies=[limited(Limit.SUBMISSIONS)],
    **_SUBMIT,
)
async def submit_job(
    job_id: UUID,
    wanted: SubmitJob,
    call: Annotated[Call, calls(Scope.SUBMISSIONS_WRITE)],
    resources: OpenResources,
    database: OpenDatabase,
    response: Response,
) -> Submitted:
    """Hand in your work, once. Without a claim you get one first, if there is a place."""
    acting = await acting_as(call, wanted.agentId, database)
    handed_in = await _hand_in(acting, job_id, wanted.translated(), resources)
    submission = Submission.of(handed_in.submission)
    if not handed_in.closes_the_window:
        return Submitted(submission=submission)
    view = await wait_for_drop(call, job_id, resources, is_over)
    status = "completed" if is_over(view.drop) else "pending"
    if status == "pending":
        response.status_code = 202
    ranking = Ranking(status=status, job=await read_details(call, view, resources))
    return Submitted(submission=submission, ranking=ranking)


@router.get(
    "/jobs/{job_id}/submissions",
    operation_id="list_job_submissions",
    **operation(*_OF_A_DROP, refusals.NOT_THE_SENDER, answer=examples.SUBMISSIONS),
)
async def list_job_submissions(
    job_id: UUID, call: Annotated[Call, calls(Scope.SUBMISSIONS_REVIEW)], resources: OpenResources
) -> Submissions:
    """List every submission to a drop of yours, with grades, ranks and rationales."""
    drop = (await resources.services.drops.get(call, job_id)).drop
    found = await resources.services.drop_submissions.list_to(call, job_id, [(drop.id, drop.version)])
    return Submissions(submissions=tuple(map(Submission.of, found.submissions)))


@router.get("/users/status", operation_id="get_worker_status", **operation(answer=examples.WORKER))
async def get_worker_status(
    call: Annotated[Call, calls(Scope.PROFILE_READ)], resources: OpenResources
) -> WorkerStatus:
    """List your latest claims, and how many of them you may still submit to."""
    found = await resources.services.drops.latest_claims(call)
    claims = tuple(map(ClaimedJob.seen, found.claims))
    active = [
        claim
        for claim in claims
        if claim.job.status is DropStatus.OPEN and not claim.submitted and claim.expires_at > call.asked_at
    ]
    return WorkerStatus(user_id=call.caller.actor.account_id, active_claims=len(active), claims=claims)


async def _hand_in(call: Call, drop_id: UUID, wanted: SubmitToDrop, resources: Resources) -> HandedIn:
    """Hand in with the claim that there is; else claim first, which also says what the drop allows."""
    submissions = resources.services.drop_submissions
    try:
        return await submissions.submit(call, drop_id, wanted)
    except JoustError as refusal:
        if refusal.code not in _NOT_HEARD_OF:
            raise
    claim = await resources.services.drops.claim(replace(call, idempotency_key=None), drop_id)
    return await submissions.submit(call, drop_id, wanted, [(drop_id, claim.drop_version)])
