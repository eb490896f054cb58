"""Internal API of test results. No transaction waits for storage."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from joust_contracts.internal.evaluations import TestResults
from joust_evaluation.resources import OpenResources
from joust_evaluation.suites import repository
from joust_evaluation.suites.errors import NoTestResults
from joust_evaluation.suites.storing import read_results
from joust_kit.database.database import Database
from joust_kit.errors import Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, TranslatingRoute

router = APIRouter(prefix="/internal", route_class=TranslatingRoute, responses=responses(Unauthorized))


@router.get("/submissions/{submission_id}/test-results", responses=responses(NoTestResults))
async def get_test_results(
    submission_id: UUID,
    actor: CurrentActor,
    request: Request,
    resources: OpenResources,
    iteration: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> TestResults:
    """Read how an iteration, the newest unless told, did in the test suite, as the task's owner."""
    database: Database = request.app.state.database
    async with database.reading() as session:
        evaluation_id = await repository.find_judged(session, submission_id, actor.account_id, iteration)
    if evaluation_id is None:
        raise NoTestResults()
    return await read_results(resources.storage, evaluation_id)
