"""All SQL about replays and recoveries."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.vocabulary import DeliveryState
from joust_webhook.deliveries.models import Delivery
from joust_webhook.resends.models import Resend


async def count_open(session: AsyncSession, endpoint_id: UUID) -> int:
    """How many are under way for an endpoint."""
    mine = (col(Resend.endpoint_id) == endpoint_id) & col(Resend.finished_at).is_(None)
    return int(await session.scalar(select(func.count()).where(mine)) or 0)


async def lock(session: AsyncSession, resend_id: UUID) -> Resend | None:
    """The replay, which nobody else can change until the transaction ends."""
    return await session.get(Resend, resend_id, with_for_update=True)


async def lock_batch(session: AsyncSession, wanted: Resend, limit: int) -> Sequence[Delivery]:
    """The next deliveries that it is about, oldest first, locked; those still pending are left alone."""
    place = tuple_(col(Delivery.created_at), col(Delivery.id))
    states = [DeliveryState.FAILED] if wanted.failed_only else [DeliveryState.FAILED, DeliveryState.DELIVERED]
    query = select(Delivery).where(
        col(Delivery.endpoint_id) == wanted.endpoint_id,
        col(Delivery.created_at) >= wanted.since,
        col(Delivery.created_at) < wanted.until,
        col(Delivery.state).in_(states) if len(states) > 1 else col(Delivery.state) == states[0],
    )
    if wanted.after is not None:
        query = query.where(place > tuple_(wanted.after.moment, wanted.after.id))
    oldest_first = query.order_by(col(Delivery.created_at), col(Delivery.id)).limit(limit)
    return (await session.scalars(oldest_first.with_for_update())).all()
