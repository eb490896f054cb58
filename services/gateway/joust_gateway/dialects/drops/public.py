"""What needs no account: the board of open drops, the feed of completed ones, and the clock's nudge."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from joust_contracts.internal.drops import DropPage, Enforced, Feed
from joust_gateway.clients.call import Call, anonymous_call
from joust_gateway.dialects.drops import examples
from joust_gateway.dialects.drops.schemas import Board, BoardJob
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources
from joust_kit.errors import Unauthorized
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api", tags=["drops"], route_class=TranslatingRoute)

Anybody = Annotated[Call, Depends(anonymous_call)]


@router.get("/board", operation_id="get_board", **operation(needs_key=False, answer=examples.BOARD))
async def get_board(wanted: Annotated[DropPage, Query()], call: Anybody, resources: OpenResources) -> Board:
    """List open drops, newest first. No key is needed."""
    found = await resources.services.drops.list_open(call, wanted)
    jobs = tuple(map(BoardJob.of, found.drops))
    return Board(jobs=jobs, limit=wanted.limit, offset=wanted.offset)


@router.get("/feed", operation_id="get_feed", **operation(needs_key=False, answer=examples.FEED))
async def get_feed(wanted: Annotated[DropPage, Query()], call: Anybody, resources: OpenResources) -> Feed:
    """List completed drops, the latest first. No key is needed."""
    return await resources.services.rankings.feed(call, wanted)


@router.get(
    "/cron/enforce-deadlines",
    operation_id="enforce_deadlines",
    **operation(Unauthorized, needs_key=False, answer=examples.ENFORCED),
)
async def enforce_deadlines(request: Request, call: Anybody, resources: OpenResources) -> Enforced:
    """End what is past its time now. The platform does so by itself; this only hastens it.

    Send the deployment's CRON_SECRET as the bearer token.
    """
    secret = resources.settings.cron_secret
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if secret is None or not hmac.compare_digest(sent.encode(), secret.get_secret_value().encode()):
        raise Unauthorized("Send the deployment's CRON_SECRET as 'Authorization: Bearer ...'.")
    return await resources.services.drops.enforce_deadlines(call)
