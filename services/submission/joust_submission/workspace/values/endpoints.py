"""Internal API of values.

Keys stand in the query: on their way in a path, ``..`` in one would lead to another route.
"""

from typing import Annotated

from fastapi import APIRouter, Query

from joust_contracts.internal.common import Page
from joust_contracts.internal.workspaces import Deleted, PutValue, ValueEntry, ValueQuota, ValueView
from joust_kit.errors import Invalid, Unauthorized, Unavailable
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, Reading, TransactionalRoute, Unit
from joust_submission.resources import OpenResources
from joust_submission.workspace.errors import (
    ByteQuotaExceeded,
    KeyQuotaExceeded,
    UnacceptableName,
    ValueNotFound,
    ValueTooLarge,
)
from joust_submission.workspace.values import commands, queries

router = APIRouter(
    prefix="/internal/workspace",
    route_class=TransactionalRoute,
    responses=responses(Unauthorized, Unavailable),
)

Limit = Annotated[int, Query(ge=1, le=200)]
"""Straw document, ``GET /api/v1/workspace/kv``."""
Cursor = Annotated[str | None, Query(max_length=1000)]


@router.get("/value-quota")
async def get_quota(actor: CurrentActor, session: Reading, resources: OpenResources) -> ValueQuota:
    """Read what the actor keeps, and may keep."""
    return await queries.get_quota(session, actor, resources.settings)


@router.get("/keys", responses=responses(Invalid))
async def list_values(
    actor: CurrentActor, session: Reading, prefix: str = "", limit: Limit = 50, cursor: Cursor = None
) -> Page[ValueEntry]:
    """List the actor's keys."""
    return await queries.list_values(session, actor, prefix=prefix, limit=limit, cursor=cursor)


@router.get("/value", responses=responses(ValueNotFound, UnacceptableName))
async def get_value(key: str, actor: CurrentActor, session: Reading) -> ValueView:
    """Read a value of the actor."""
    return await queries.get_value(session, actor, key)


@router.put(
    "/value",
    responses=responses(ValueTooLarge, KeyQuotaExceeded, ByteQuotaExceeded, UnacceptableName),
)
async def put_value(
    key: str, wanted: PutValue, actor: CurrentActor, unit: Unit, resources: OpenResources
) -> ValueEntry:
    """Write a value of the actor."""
    return await commands.put_value(unit, actor, key, wanted, resources.settings)


@router.delete("/value", responses=responses(UnacceptableName))
async def delete_value(key: str, actor: CurrentActor, unit: Unit) -> Deleted:
    """Delete a value of the actor."""
    return await commands.delete_value(unit, actor, key)
