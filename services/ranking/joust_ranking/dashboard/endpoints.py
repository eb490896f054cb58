"""Internal API of dashboards."""

from typing import Annotated

from fastapi import APIRouter, Query

from joust_contracts.internal.common import Page
from joust_contracts.internal.dashboards import RecentSubmission, StatsView
from joust_kit.errors import Invalid, Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, Reading, TransactionalRoute
from joust_ranking.dashboard import queries

router = APIRouter(
    prefix="/internal/dashboard", route_class=TransactionalRoute, responses=responses(Unauthorized)
)


@router.get("/stats")
async def get_stats(actor: CurrentActor, session: Reading) -> StatsView:
    """Read the actor's figures."""
    return await queries.get_stats(session, actor)


@router.get("/submissions", responses=responses(Invalid))
async def list_submissions(
    actor: CurrentActor,
    session: Reading,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[RecentSubmission]:
    """List submissions to the actor's tasks, newest first."""
    return await queries.list_submissions(session, actor, limit, cursor)
