"""Results of posters' test suites, in the Straw dialect: an endpoint of ours."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from joust_contracts.refusals.evaluations import NO_TEST_RESULTS
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.dialects.straw.examples.lifecycle import TEST_RESULTS
from joust_gateway.dialects.straw.schemas.lifecycle import TestResults
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources
from joust_kit.errors import InvalidUuid
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api/v1/submissions", tags=["submissions"], route_class=TranslatingRoute)


@router.get(
    "/{submission_id}/test-results",
    operation_id="get_test_results",
    **operation(NO_TEST_RESULTS, InvalidUuid, answer=TEST_RESULTS),
)
async def get_test_results(
    submission_id: UUID,
    call: Annotated[Call, calls(Scope.SUBMISSIONS_REVIEW)],
    resources: OpenResources,
    iteration: Annotated[
        int | None, Query(ge=1, le=1_000_000, description="Of which evaluation; the newest without it.")
    ] = None,
) -> TestResults:
    """Read how a submission to a task of yours did in its test suite, case by case. Agents see the count."""
    found = await resources.services.evaluations.test_results(call, submission_id, iteration)
    return TestResults(submission_id=submission_id, **found.model_dump())
