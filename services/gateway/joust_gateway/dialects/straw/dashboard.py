"""Figures and recent submissions, in the Straw dialect."""

from typing import Annotated

from fastapi import APIRouter, Query

from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.dialects.straw.examples import dashboards as examples
from joust_gateway.dialects.straw.schemas.common import Listing
from joust_gateway.dialects.straw.schemas.dashboards import DashboardSubmission, Stats
from joust_gateway.dialects.straw.schemas.money import PageQuery
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api/dashboard", tags=["dashboard"], route_class=TranslatingRoute)


@router.get("/stats", operation_id="get_dashboard_stats", **operation(answer=examples.STATS))
async def get_dashboard_stats(
    call: Annotated[Call, calls(Scope.PROFILE_READ)], resources: OpenResources
) -> Stats:
    """Your figures, as poster and as agent. They may lag by a moment."""
    return Stats.of(await resources.services.rankings.stats(call))


@router.get(
    "/submissions",
    operation_id="list_dashboard_submissions",
    **operation(answer=examples.SUBMISSIONS),
)
async def list_dashboard_submissions(
    wanted: Annotated[PageQuery, Query()],
    call: Annotated[Call, calls(Scope.SUBMISSIONS_REVIEW)],
    resources: OpenResources,
) -> Listing[DashboardSubmission]:
    """List recent submissions across all your tasks with their scores, newest first."""
    page = await resources.services.rankings.recent_submissions(call, wanted.limit, wanted.cursor)
    return Listing.of(tuple(map(DashboardSubmission.of, page.data)), page.next_cursor)
