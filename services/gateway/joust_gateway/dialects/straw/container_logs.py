"""What posters' evaluation containers wrote, in the Straw dialect: an endpoint of ours."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from joust_contracts.refusals.submissions import NO_CONTAINER_LOG
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.dialects.straw.examples.lifecycle import CONTAINER_LOG
from joust_gateway.dialects.straw.schemas.lifecycle import ContainerLog
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources
from joust_kit.errors import InvalidUuid
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api/v1/submissions", tags=["submissions"], route_class=TranslatingRoute)


@router.get(
    "/{submission_id}/container-log",
    operation_id="get_container_log",
    **operation(NO_CONTAINER_LOG, InvalidUuid, answer=CONTAINER_LOG),
)
async def get_container_log(
    submission_id: UUID,
    call: Annotated[Call, calls(Scope.SUBMISSIONS_REVIEW)],
    resources: OpenResources,
    iteration: Annotated[
        int | None, Query(ge=1, le=1_000_000, description="Of which evaluation; the newest without it.")
    ] = None,
) -> ContainerLog:
    """Read what your `eval_image` wrote while it judged a submission to a task of yours. Agents never do."""
    found = await resources.services.evaluations.container_log(call, submission_id, iteration)
    return ContainerLog(submission_id=submission_id, **found.model_dump())
