"""All SQL about deliveries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.vocabulary import WebhookEventType
from joust_webhook.deliveries.models import Delivery
from joust_webhook.deliveries.rules.outcomes import DeliveryState
from joust_webhook.endpoints.models import Endpoint


@dataclass(frozen=True)
class DueDelivery:
    """What an attempt needs."""

    id: UUID
    payload: str
    url: str | None
    """``None`` if the endpoint is forgotten."""
    secret_encrypted: bytes | None
    """Of the endpoint; ``None`` for a request to a judge."""
    task_id: UUID | None
    """Whose judge is asked; ``None`` for a message to an endpoint."""
    active: bool
    """Whether the endpoint still wants it; one that is forgotten wants nothing."""


async def add_for_subscribers(
    session: AsyncSession,
    *,
    accounts: Collection[UUID],
    event_id: UUID,
    event_type: WebhookEventType,
    payload: str,
    registered_before: datetime,
    now: datetime,
) -> Sequence[UUID]:
    """A delivery for each endpoint of ``accounts`` that wants the type; returns the new ones' ids.

    An endpoint that has this event already gets no second one.
    """
    values = {
        "id": func.uuidv7(),
        "endpoint_id": col(Endpoint.id),
        "account_id": col(Endpoint.account_id),
        "event_id": literal(event_id),
        "event_type": literal(event_type.value),
        "payload": literal(payload),
        "state": literal(DeliveryState.PENDING.value),
        "attempts": literal(0),
        "version": literal(1),
        "created_at": literal(now),
    }
    subscribers = select(*values.values()).where(
        col(Endpoint.account_id).in_(accounts),
        col(Endpoint.active),
        col(Endpoint.events).contains([event_type.value]),
        col(Endpoint.created_at) <= registered_before,
    )
    added = insert(Delivery).from_select(list(values), subscribers).on_conflict_do_nothing()
    return (await session.scalars(added.returning(col(Delivery.id)))).all()


async def add_for_judge(
    session: AsyncSession,
    *,
    delivery_id: UUID,
    evaluation_id: UUID,
    account_id: UUID,
    task_id: UUID,
    judge_url: str,
    payload: str,
    now: datetime,
) -> bool:
    """A request to a poster's judge; False if the judge is asked for this evaluation already."""
    values = {
        "id": delivery_id,
        "judge_url": judge_url,
        "task_id": task_id,
        "account_id": account_id,
        "event_id": evaluation_id,
        "payload": payload,
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "version": 1,
        "created_at": now,
    }
    added = insert(Delivery).values(values).on_conflict_do_nothing().returning(col(Delivery.id))
    return (await session.execute(added)).first() is not None


async def find_due(session: AsyncSession, delivery_id: UUID, attempt: int) -> DueDelivery | None:
    """The delivery with its endpoint, if attempt ``attempt`` (from 1) is the next that it needs."""
    due = (
        select(
            col(Delivery.id),
            col(Delivery.payload),
            func.coalesce(col(Endpoint.url), col(Delivery.judge_url)),
            col(Endpoint.secret_encrypted),
            col(Delivery.task_id),
            func.coalesce(col(Endpoint.active), col(Delivery.endpoint_id).is_(None)),
        )
        .outerjoin(Endpoint, col(Endpoint.id) == col(Delivery.endpoint_id))
        .where(
            col(Delivery.id) == delivery_id,
            col(Delivery.state) == DeliveryState.PENDING,
            col(Delivery.attempts) == attempt - 1,
        )
    )
    row = (await session.execute(due)).one_or_none()
    return None if row is None else DueDelivery(*row)


async def lock(session: AsyncSession, delivery_id: UUID) -> Delivery | None:
    """The delivery, which nobody else can change until the transaction ends."""
    return await session.get(Delivery, delivery_id, with_for_update=True)
