"""Internal API of the feed."""

from typing import Annotated

from fastapi import APIRouter, Query

from joust_contracts.internal.drops import DropPage, Feed, FeedEntry
from joust_kit.errors import Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, Reading, TransactionalRoute
from joust_ranking.feed import repository

router = APIRouter(prefix="/internal/feed", route_class=TransactionalRoute, responses=responses(Unauthorized))


@router.get("")
async def get_feed(wanted: Annotated[DropPage, Query()], actor: CurrentActor, session: Reading) -> Feed:
    """List completed drops, the latest first."""
    drops = await repository.newest(session, wanted.limit, wanted.offset)
    return Feed(feed=tuple(FeedEntry.model_validate(drop.model_dump()) for drop in drops))
