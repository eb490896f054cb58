"""Internal API of the records of comparisons."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from joust_contracts.internal.common import Page
from joust_contracts.internal.records import MAX_RECORDS_OF_A_PAGE, ComparisonRecord
from joust_evaluation.iterations.repository import version_of_task
from joust_evaluation.pairs import queries
from joust_evaluation.pairs.errors import NoSuchTask, NotTheOwner
from joust_kit.database.freshness import wait_for_version
from joust_kit.errors import Invalid, Unauthorized, Unavailable
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, ExpectedVersions, Reading, TransactionalRoute

router = APIRouter(
    prefix="/internal", route_class=TransactionalRoute, responses=responses(Unauthorized, Unavailable)
)


@router.get("/tasks/{task_id}/comparisons", responses=responses(NoSuchTask, NotTheOwner, Invalid))
async def list_comparisons(
    task_id: UUID,
    expected: ExpectedVersions,
    actor: CurrentActor,
    session: Reading,
    limit: Annotated[int, Query(ge=1, le=MAX_RECORDS_OF_A_PAGE)] = MAX_RECORDS_OF_A_PAGE,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[ComparisonRecord]:
    """List how pairs of a task's submissions were compared, newest first."""
    await wait_for_version(lambda: version_of_task(session, task_id), expected.get(task_id))
    return await queries.list_records(session, actor, task_id, limit, cursor)
