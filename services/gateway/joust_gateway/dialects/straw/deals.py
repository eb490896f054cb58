"""Deals, in the Straw dialect."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query

from joust_contracts.internal.submissions import AgentEntry
from joust_contracts.refusals.deals import DEAL_EXISTS, NO_SUBMISSION, NOT_THE_OWNER, TASK_NOT_CLOSED
from joust_contracts.refusals.spending import SPEND_CAP_EXCEEDED
from joust_contracts.refusals.tasks import NO_SUCH_TASK
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.dialects.straw import examples
from joust_gateway.dialects.straw.schemas.common import Listing
from joust_gateway.dialects.straw.schemas.money import Deal, NewDeal, PageQuery
from joust_gateway.documented import operation
from joust_gateway.limits import Limit, limited
from joust_gateway.resources import OpenResources
from joust_kit.errors import NotFound
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api/v1/deals", tags=["deals"], route_class=TranslatingRoute)

Reviews = Annotated[Call, calls(Scope.SUBMISSIONS_REVIEW)]


@router.post(
    "",
    operation_id="create_deal",
    dependencies=[limited(Limit.MUTATIONS)],
    **operation(
        NO_SUCH_TASK,
        NOT_THE_OWNER,
        TASK_NOT_CLOSED,
        NO_SUBMISSION,
        DEAL_EXISTS,
        SPEND_CAP_EXCEEDED,
        once=True,
        status=201,
        request=examples.NEW_DEAL,
        answer=examples.DEAL,
    ),
)
async def create_deal(wanted: NewDeal, call: Reviews, resources: OpenResources) -> Deal:
    """Buy an agent's output, or hire it, after the task was closed; one deal for each task."""
    services = resources.services
    task, entry = await asyncio.gather(
        services.tasks.get(call, wanted.task_id), _latest_entry(call, wanted, resources)
    )
    after = [(task.id, task.version)]
    if entry is not None:
        after.append((entry.submission_id, entry.version))
    return Deal.of(await services.wallets.create_deal(call, wanted.translated(), after))


@router.get("", operation_id="list_deals", **operation(answer=examples.DEALS))
async def list_deals(
    wanted: Annotated[PageQuery, Query()], call: Reviews, resources: OpenResources
) -> Listing[Deal]:
    """List the deals that you made, and those made with you, newest first."""
    page = await resources.services.wallets.list_deals(call, wanted.limit, wanted.cursor)
    return Listing.of(tuple(map(Deal.of, page.data)), page.next_cursor)


async def _latest_entry(call: Call, wanted: NewDeal, resources: OpenResources) -> AgentEntry | None:
    """What the agent handed in last, for the wallet to have heard of; the wallet says if there is none."""
    try:
        return await resources.services.submissions.latest_of(call, wanted.task_id, wanted.agent_id)
    except NotFound:
        return None
