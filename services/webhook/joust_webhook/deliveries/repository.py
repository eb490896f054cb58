"""All SQL about deliveries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, literal, null, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.vocabulary import DeliveryState, GiveUpReason, WebhookEventType
from joust_kit.paging import Cursor
from joust_webhook.deliveries.models import Attempt, Delivery
from joust_webhook.endpoints.models import Endpoint, OldSecret


@dataclass(frozen=True)
class DueDelivery:
    """What an attempt needs."""

    id: UUID
    event_id: UUID
    """Of a request to a judge the evaluation's id."""
    payload: str
    endpoint_id: UUID | None
    """``None`` for a request to a judge."""
    url: str | None
    """``None`` if the endpoint is forgotten."""
    secret_encrypted: bytes | None
    """Of the endpoint; ``None`` for a request to a judge."""
    task_id: UUID | None
    """Whose judge is asked; ``None`` for a message to an endpoint."""
    refused: GiveUpReason | None
    """Why the endpoint takes nothing; one that is forgotten was deactivated."""
    failing_since: datetime | None
    """Of the endpoint: since when no attempt has succeeded."""
    old_secrets: Sequence[bytes]
    """Encrypted, of the endpoint: those that still sign."""

    @property
    def receiver(self) -> UUID:
        """What has attempts of its own: an endpoint, or a task's judge."""
        receiver = self.endpoint_id or self.task_id
        assert receiver is not None  # noqa: S101 - the database has it so
        return receiver


async def add_for_subscribers(
    session: AsyncSession,
    *,
    accounts: Collection[UUID],
    event_id: UUID,
    event_type: WebhookEventType,
    task_id: UUID,
    payload: str,
    registered_before: datetime,
    now: datetime,
) -> Sequence[UUID]:
    """A delivery for each endpoint of ``accounts`` that wants the type; returns those to be made.

    An endpoint that has this event already gets no second one. For a disabled one the delivery is written
    as given up, so that it can be recovered.
    """
    enabled = col(Endpoint.enabled)
    values = {
        "id": func.uuidv7(),
        "endpoint_id": col(Endpoint.id),
        "account_id": col(Endpoint.account_id),
        "event_id": literal(event_id),
        "event_type": literal(event_type.value),
        "payload": literal(payload),
        "state": case((enabled, DeliveryState.PENDING.value), else_=DeliveryState.FAILED.value),
        "failure_reason": case((enabled, null()), else_=GiveUpReason.DISABLED.value),
        "finished_at": case((enabled, null()), else_=literal(now)),
        "attempts": literal(0),
        "earlier_attempts": literal(0),
        "version": literal(1),
        "created_at": literal(now),
    }
    subscribers = select(*values.values()).where(
        col(Endpoint.account_id).in_(accounts),
        col(Endpoint.active),
        col(Endpoint.events).contains([event_type.value]),
        col(Endpoint.task_ids).is_(None) | col(Endpoint.task_ids).contains([task_id]),
        col(Endpoint.created_at) <= registered_before,
    )
    added = insert(Delivery).from_select(list(values), subscribers).on_conflict_do_nothing()
    rows = await session.execute(added.returning(col(Delivery.id), col(Delivery.state)))
    return [id for id, state in rows if state == DeliveryState.PENDING]


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
        "earlier_attempts": 0,
        "version": 1,
        "created_at": now,
    }
    added = insert(Delivery).values(values).on_conflict_do_nothing().returning(col(Delivery.id))
    return (await session.execute(added)).first() is not None


async def find_due(
    session: AsyncSession, delivery_id: UUID, attempt: int, now: datetime
) -> DueDelivery | None:
    """The delivery with its endpoint, if attempt ``attempt`` (from 1) is the next that it needs."""
    refused = case(
        (col(Delivery.endpoint_id).is_(None), null()),
        (col(Endpoint.active) & col(Endpoint.enabled), null()),
        (col(Endpoint.active), GiveUpReason.DISABLED.value),
        else_=GiveUpReason.DEACTIVATED.value,
    )
    old_secrets = (
        select(col(OldSecret.secret_encrypted))
        .where(col(OldSecret.endpoint_id) == col(Endpoint.id), col(OldSecret.signs_until) > now)
        .order_by(col(OldSecret.signs_until).desc())
    )
    due = (
        select(
            col(Delivery.id),
            col(Delivery.event_id),
            col(Delivery.payload),
            col(Delivery.endpoint_id),
            func.coalesce(col(Endpoint.url), col(Delivery.judge_url)),
            col(Endpoint.secret_encrypted),
            col(Delivery.task_id),
            refused,
            col(Endpoint.failing_since),
            func.array(old_secrets.scalar_subquery()),
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


async def find(session: AsyncSession, endpoint_id: UUID, delivery_id: UUID) -> Delivery | None:
    """The endpoint's delivery."""
    wanted = select(Delivery).where(col(Delivery.id) == delivery_id, col(Delivery.endpoint_id) == endpoint_id)
    return await session.scalar(wanted)


async def list_of(
    session: AsyncSession, endpoint_id: UUID, state: DeliveryState | None, limit: int, after: Cursor | None
) -> Sequence[Delivery]:
    """The endpoint's deliveries, newest first."""
    wanted = select(Delivery).where(col(Delivery.endpoint_id) == endpoint_id)
    if state is not None:
        wanted = wanted.where(col(Delivery.state) == state)
    if after is not None:
        wanted = wanted.where(
            tuple_(col(Delivery.created_at), col(Delivery.id)) < tuple_(after.moment, after.id)
        )
    newest_first = wanted.order_by(col(Delivery.created_at).desc(), col(Delivery.id).desc())
    return (await session.scalars(newest_first.limit(limit))).all()


async def latest_attempts(session: AsyncSession, delivery_id: UUID, limit: int) -> Sequence[Attempt]:
    """The delivery's latest attempts, newest first."""
    wanted = select(Attempt).where(col(Attempt.delivery_id) == delivery_id)
    return (await session.scalars(wanted.order_by(col(Attempt.number).desc()).limit(limit))).all()
