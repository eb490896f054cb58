"""What an account may see of endpoints: its own."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.common import Page
from joust_contracts.internal.webhooks import EndpointView
from joust_kit.identity import Actor
from joust_kit.paging import Cursor, cut_page
from joust_webhook.endpoints import repository
from joust_webhook.endpoints.errors import EndpointInactive, EndpointIsDisabled, EndpointNotFound
from joust_webhook.endpoints.models import Endpoint


async def list_endpoints(
    session: AsyncSession, actor: Actor, limit: int, cursor: str | None
) -> Page[EndpointView]:
    """One page of the actor's endpoints, newest first, without their secrets.

    Raises ``Invalid`` for a cursor that is none.
    """
    rows = await repository.list_of(session, actor.account_id, limit + 1, Cursor.decode(cursor))
    page, next_cursor = cut_page(rows, limit, lambda row: Cursor(row.created_at, row.id))
    return Page(data=tuple(row.view() for row in page), next_cursor=next_cursor)


async def get(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> Endpoint:
    """An endpoint of the actor, whatever its state. Raises ``EndpointNotFound``."""
    endpoint = await repository.find(session, actor.account_id, endpoint_id)
    if endpoint is None:
        raise EndpointNotFound()
    return endpoint


async def get_active(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> Endpoint:
    """An endpoint of the actor that is not deactivated. Raises ``EndpointNotFound``, ``EndpointInactive``."""
    endpoint = await get(session, actor, endpoint_id)
    if not endpoint.active:
        raise EndpointInactive()
    return endpoint


async def get_for_sending(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> Endpoint:
    """An endpoint of the actor to which messages are sent; locked until the transaction ends.

    Raises ``EndpointNotFound``, ``EndpointInactive``, ``EndpointIsDisabled``.
    """
    endpoint = await repository.lock(session, actor.account_id, endpoint_id)
    if endpoint is None:
        raise EndpointNotFound()
    if not endpoint.active:
        raise EndpointInactive()
    if not endpoint.enabled:
        raise EndpointIsDisabled()
    return endpoint
