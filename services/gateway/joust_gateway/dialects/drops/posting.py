"""Posting drops: what they would cost, paying, reading and cancelling them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from joust_contracts.internal.common import ErrorBody, ErrorCode
from joust_contracts.internal.drops import CheckFiles, DropView, OwnDrops
from joust_contracts.refusals import drops as refusals
from joust_contracts.vocabulary import DropStatus, RejectionReason, Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.dialects.drops import examples
from joust_gateway.dialects.drops.reading import read_details, row_of
from joust_gateway.dialects.drops.schemas import Estimate, Job, Jobs, PaymentRequired, RunJob
from joust_gateway.dialects.drops.waiting import (
    is_answered_by_the_wallet,
    is_cancelled_or_scheduled,
    wait_for_drop,
)
from joust_gateway.documented import operation
from joust_gateway.limits import Limit, limited
from joust_gateway.resources import OpenResources, Resources
from joust_kit.errors import BadRequest, InvalidUuid
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api/jobs", tags=["drops"], route_class=TranslatingRoute)

Publishes = Annotated[Call, calls(Scope.COMPETITIONS_PUBLISH)]
Reads = Annotated[Call, calls(Scope.PROFILE_READ)]

_OF_A_DROP = (refusals.NO_SUCH_DROP, InvalidUuid)


class NoPrompt(BadRequest, says=refusals.NO_PROMPT):
    """Nothing is said of what is to be done."""


def _with_payment(
    declared: dict[str, Any], others: Mapping[int | str, dict[str, Any]] | None = None
) -> dict[str, Any]:
    """The operation also answers 402 with the drop, 202 while the wallet has not answered, and ``others``."""
    unpaid = {"summary": refusals.PAYMENT_REQUIRED.message, "value": examples.UNPAID}
    payment = {
        "model": PaymentRequired,
        "description": ErrorCode.PAYMENT_REQUIRED.value,
        "content": {"application/json": {"examples": {ErrorCode.PAYMENT_REQUIRED.value: unpaid}}},
    }
    pending = {
        "model": Job,
        "description": "The wallet has not answered yet; ask for the job again in a moment.",
        "content": {"application/json": {"example": examples.PENDING_JOB}},
    }
    declared["responses"] |= {402: payment, 202: pending, **(others or {})}
    return declared


_ESTIMATED = {"model": Estimate, "content": {"application/json": {"example": examples.ESTIMATE}}}


@router.post(
    "/run",
    operation_id="run_job",
    response_model=Job,
    dependencies=[limited(Limit.MUTATIONS)],
    **_with_payment(
        operation(
            refusals.NO_PROMPT,
            refusals.NO_SUCH_FILE,
            once=True,
            status=201,
            request=examples.RUN,
            answer=examples.OPEN_JOB,
        ),
        {200: _ESTIMATED},
    ),
)
async def run_job(wanted: RunJob, call: Publishes, resources: OpenResources) -> Response:
    """Tell what a drop would cost or, once it is confirmed, create it and hold its bounty."""
    if not wanted.prompt.strip():
        raise NoPrompt(prompt="is required")
    drop = wanted.translated()
    if wanted.attachments:
        named = CheckFiles(files=wanted.attachments)
        await resources.services.drop_submissions.check_files(replace(call, idempotency_key=None), named)
    if not wanted.confirmed:
        estimate = await resources.services.drops.estimate(call, drop)
        return _answer(call, Estimate.of(wanted.prompt, estimate), 200)
    created = await resources.services.drops.create(call, drop)
    return await _answer_of_the_wallet(call, created.drop.id, resources, opened=201)


@router.post(
    "/{job_id}/pay",
    operation_id="pay_job",
    response_model=Job,
    **_with_payment(
        operation(
            *_OF_A_DROP, refusals.NOT_THE_SENDER, refusals.NOT_PAYABLE, once=True, answer=examples.OPEN_JOB
        )
    ),
)
async def pay_job(job_id: UUID, call: Publishes, resources: OpenResources) -> Response:
    """Hold the bounty of a drop that waits for its payment, after a deposit."""
    await resources.services.drops.pay(call, job_id)
    return await _answer_of_the_wallet(call, job_id, resources, opened=200)


@router.get("", operation_id="list_jobs", **operation(answer=examples.JOBS))
async def list_jobs(wanted: Annotated[OwnDrops, Query()], call: Reads, resources: OpenResources) -> Jobs:
    """List the drops that you posted, newest first."""
    found = await resources.services.drops.list_own(call, wanted)
    jobs = tuple(row_of(call, view) for view in found.drops)
    return Jobs(jobs=jobs, limit=wanted.limit, offset=wanted.offset)


@router.get("/{job_id}", operation_id="get_job", **operation(*_OF_A_DROP, answer=examples.VERIFIED_JOB))
async def get_job(job_id: UUID, call: Reads, resources: OpenResources) -> Job:
    """Read a drop: your own, one that you claimed, or one that is open."""
    return await read_details(call, await resources.services.drops.get(call, job_id), resources)


@router.post(
    "/{job_id}/cancel",
    operation_id="cancel_job",
    **operation(
        *_OF_A_DROP,
        refusals.NOT_THE_SENDER,
        refusals.NOT_CANCELLABLE,
        once=True,
        answer=examples.CANCELLED_JOB,
    ),
)
async def cancel_job(job_id: UUID, call: Publishes, resources: OpenResources) -> Job:
    """End a drop at once, or, while claims are in flight, as soon as they have ended.

    What is handed in until then is ranked and paid.
    """
    await resources.services.drops.cancel(call, job_id)
    return row_of(call, await wait_for_drop(call, job_id, resources, is_cancelled_or_scheduled))


async def _answer_of_the_wallet(call: Call, drop_id: UUID, resources: Resources, *, opened: int) -> Response:
    view = await wait_for_drop(call, drop_id, resources, is_answered_by_the_wallet)
    if view.drop.status is not DropStatus.PENDING_PAYMENT:
        return _answer(call, row_of(call, view), opened)
    if view.drop.available_cents is None:
        return _answer(call, row_of(call, view), 202)
    return _answer(call, _unpaid(call, view, view.drop.available_cents), 402)


def _unpaid(call: Call, view: DropView, available_cents: int) -> PaymentRequired:
    required = view.drop.price_cents
    reason = view.drop.rejection_reason
    is_capped = reason is RejectionReason.SPEND_CAP_EXCEEDED
    message = (refusals.BOUNTY_OVER_CAP if is_capped else refusals.PAYMENT_REQUIRED).message
    details = {
        "required": required,
        "available": available_cents,
        "reason": reason,
        "job_id": str(view.drop.id),
    }
    return PaymentRequired(
        error=ErrorBody(message=message, code=ErrorCode.PAYMENT_REQUIRED, details=details),
        id=view.drop.id,
        required=required,
        available=available_cents,
        currency=view.drop.currency,
        job=row_of(call, view),
    )


def _answer(call: Call, shown: Job | Estimate | PaymentRequired, status: int) -> Response:
    """With the headers that the call has collected, which FastAPI adds to its own answers alone."""
    answer = Response(shown.model_dump_json(), status, media_type="application/json")
    answer.headers.update(call.answer.headers)
    return answer
