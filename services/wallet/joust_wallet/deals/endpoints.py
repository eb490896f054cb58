"""Internal API of deals."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from joust_contracts.internal.common import Page
from joust_contracts.internal.wallets import CreateDeal, DealView
from joust_kit.errors import Invalid, Unauthorized, Unavailable
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, ExpectedVersions, Reading, TransactionalRoute, Unit
from joust_wallet.deals import commands, queries
from joust_wallet.deals.errors import DealExists, NoSubmission, NotTheOwner, TaskNotClosed, TaskNotFound
from joust_wallet.entries.queries import wait_for_entries
from joust_wallet.spending.errors import SpendCapExceeded

router = APIRouter(
    prefix="/internal/deals", route_class=TransactionalRoute, responses=responses(Unauthorized)
)


@router.post(
    "",
    status_code=201,
    responses=responses(
        TaskNotFound, NotTheOwner, TaskNotClosed, DealExists, NoSubmission, SpendCapExceeded, Unavailable
    ),
)
async def create_deal(
    wanted: CreateDeal, actor: CurrentActor, expected: ExpectedVersions, unit: Unit, request: Request
) -> DealView:
    """Buy from one agent of a closed task."""
    await wait_for_entries(unit.session, wanted.task_id, expected)
    deal = await commands.create_deal(unit, actor, wanted, request.app.state.settings)
    return deal.snapshot()


@router.get("", responses=responses(Invalid))
async def list_deals(
    actor: CurrentActor,
    session: Reading,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[DealView]:
    """List the actor's deals, newest first."""
    return await queries.list_deals(session, actor, limit, cursor)
