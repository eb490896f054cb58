"""What an account may see of deliveries: those to its own endpoints."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.common import Page
from joust_contracts.internal.webhooks import DeliveryDetail, DeliveryView
from joust_contracts.vocabulary import DeliveryState
from joust_kit.identity import Actor
from joust_kit.paging import Cursor, cut_page
from joust_webhook.deliveries import repository
from joust_webhook.deliveries.errors import DeliveryNotFound
from joust_webhook.endpoints import queries as endpoints

_SHOWN_ATTEMPTS = 50


async def list_deliveries(
    session: AsyncSession,
    actor: Actor,
    endpoint_id: UUID,
    state: DeliveryState | None,
    limit: int,
    cursor: str | None,
) -> Page[DeliveryView]:
    """One page of an endpoint's log, newest first.

    Raises ``EndpointNotFound``, and ``Invalid`` for a cursor that is none.
    """
    after = Cursor.decode(cursor)
    await endpoints.get(session, actor, endpoint_id)
    rows = await repository.list_of(session, endpoint_id, state, limit + 1, after)
    page, next_cursor = cut_page(rows, limit, lambda row: Cursor(row.created_at, row.id))
    return Page(data=tuple(row.view() for row in page), next_cursor=next_cursor)


async def get_delivery(
    session: AsyncSession, actor: Actor, endpoint_id: UUID, delivery_id: UUID
) -> DeliveryDetail:
    """A delivery with its latest attempts. Raises ``EndpointNotFound``, ``DeliveryNotFound``."""
    await endpoints.get(session, actor, endpoint_id)
    delivery = await repository.find(session, endpoint_id, delivery_id)
    if delivery is None:
        raise DeliveryNotFound()
    attempts = await repository.latest_attempts(session, delivery_id, _SHOWN_ATTEMPTS)
    return DeliveryDetail(
        payload=delivery.payload,
        log=tuple(attempt.view() for attempt in attempts),
        **delivery.view().model_dump(),
    )
