"""All SQL about deliveries."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import case, func, literal, null, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.vocabulary import DeliveryState, GiveUpReason, WebhookEventType
from joust_kit.database import locks
from joust_kit.paging import Cursor
from joust_webhook.deliveries.models import Attempt, Delivery
from joust_webhook.endpoints.models import Endpoint, OldSecret
from joust_webhook.event_log.models import LoggedEvent

_LOCK_CLASS = 0x64656C69
"""First half of the advisory locks that are taken for the start of deliveries."""


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


class MadeAttempt(NamedTuple):
    """An attempt that succeeded, as it is logged."""

    delivery_id: UUID
    number: int
    status: int
    latency_ms: int
    started_at: datetime
    response_head: bytes


class FinishedDelivery(NamedTuple):
    """What is told of a delivery that was made."""

    id: UUID
    version: int
    endpoint_id: UUID | None
    account_id: UUID
    event_type: str | None
    attempts: int
    last_status: int
    finished_at: datetime


# Each endpoint's oldest deliveries go to its jobs in the order in which these are given.
_TAKE_NEXT = text(
    """
    WITH ticket AS (
        SELECT job, endpoint_id, place
        FROM unnest(CAST(:jobs AS uuid[]), CAST(:endpoints AS uuid[])) WITH ORDINALITY
            AS given (job, endpoint_id, place)
    ),
    begun AS (
        SELECT taken_by AS job, id, event_id, payload, endpoint_id, state, attempts
        FROM webhook.deliveries WHERE taken_by = ANY(CAST(:jobs AS uuid[]))
    ),
    fresh AS (
        SELECT job, endpoint_id, row_number() OVER (PARTITION BY endpoint_id ORDER BY place) AS turn
        FROM ticket WHERE NOT EXISTS (SELECT FROM begun WHERE begun.job = ticket.job)
    ),
    oldest AS (
        SELECT wanted.endpoint_id, following.id,
            row_number() OVER (PARTITION BY wanted.endpoint_id ORDER BY following.position) AS turn
        FROM (SELECT endpoint_id, count(*) AS jobs FROM fresh GROUP BY endpoint_id) AS wanted
        CROSS JOIN LATERAL (
            SELECT id, position FROM webhook.deliveries AS waiting
            WHERE waiting.endpoint_id = wanted.endpoint_id AND state = 'pending' AND attempts = 0
                AND taken_by IS NULL AND position IS NOT NULL
            ORDER BY position LIMIT wanted.jobs
        ) AS following
    ),
    taken AS (
        UPDATE webhook.deliveries AS delivery SET taken_by = fresh.job
        FROM fresh JOIN oldest USING (endpoint_id, turn)
        WHERE delivery.id = oldest.id
        RETURNING taken_by AS job, delivery.id, event_id, payload, delivery.endpoint_id, state, attempts
    )
    SELECT due.job, due.id, due.event_id, due.payload, due.endpoint_id, endpoint.url,
        endpoint.secret_encrypted, CAST(NULL AS uuid) AS task_id,
        CASE WHEN endpoint.active AND endpoint.enabled THEN NULL
            WHEN endpoint.active THEN 'disabled' ELSE 'deactivated' END AS refused,
        endpoint.failing_since,
        ARRAY(
            SELECT old.secret_encrypted FROM webhook.old_secrets AS old
            WHERE old.endpoint_id = endpoint.id AND old.signs_until > CAST(:now AS timestamptz)
            ORDER BY old.signs_until DESC
        ) AS old_secrets
    FROM (SELECT * FROM begun UNION ALL SELECT * FROM taken) AS due
    LEFT JOIN webhook.endpoints AS endpoint ON endpoint.id = due.endpoint_id
    WHERE due.state = 'pending' AND due.attempts = 0
    """
)

_RECORD_SUCCESSES = text(
    """
    WITH made AS (
        SELECT * FROM unnest(
            CAST(:ids AS uuid[]), CAST(:numbers AS integer[]), CAST(:statuses AS integer[]),
            CAST(:latencies AS integer[]), CAST(:beginnings AS timestamptz[]), CAST(:heads AS bytea[])
        ) AS given (id, number, status, latency_ms, started_at, response_head)
    ),
    recorded AS (
        UPDATE webhook.deliveries AS delivery
        SET state = 'delivered', attempts = attempts + 1, version = version + 1, last_status = made.status,
            finished_at = CAST(:now AS timestamptz)
        FROM made
        WHERE delivery.id = made.id AND delivery.state = 'pending' AND delivery.attempts < made.number
        RETURNING
            delivery.id, version, endpoint_id, account_id, event_type, attempts, last_status, finished_at
    ),
    logged AS (
        INSERT INTO webhook.attempts
            (delivery_id, number, status, latency_ms, started_at, response_head)
        SELECT id, number, status, latency_ms, started_at, response_head FROM made JOIN recorded USING (id)
    )
    SELECT * FROM recorded
    """
)


async def add_for_subscribers(
    session: AsyncSession,
    *,
    accounts: Collection[UUID],
    event_id: UUID,
    event_type: WebhookEventType,
    subject_id: UUID,
    payload: str,
    registered_before: datetime,
    now: datetime,
) -> Sequence[tuple[UUID, UUID]]:
    """A delivery for each endpoint of ``accounts`` that wants the type, about this task or drop; returns
    those to be made, each with its endpoint.

    The event stands in the accounts' logs already. An endpoint that has it gets no second delivery. For a
    disabled one it is written as given up, so that it can be recovered.
    """
    enabled = col(Endpoint.enabled)
    position = select(col(LoggedEvent.position)).where(
        col(LoggedEvent.account_id) == col(Endpoint.account_id), col(LoggedEvent.event_id) == event_id
    )
    values = {
        "id": func.uuidv7(),
        "endpoint_id": col(Endpoint.id),
        "account_id": col(Endpoint.account_id),
        "event_id": literal(event_id),
        "event_type": literal(event_type.value),
        "position": position.scalar_subquery(),
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
        col(Endpoint.task_ids).is_(None) | col(Endpoint.task_ids).contains([subject_id]),
        col(Endpoint.created_at) <= registered_before,
    )
    added = insert(Delivery).from_select(list(values), subscribers).on_conflict_do_nothing()
    rows = await session.execute(
        added.returning(col(Delivery.id), col(Delivery.endpoint_id), col(Delivery.state))
    )
    return [
        (id, endpoint_id)
        for id, endpoint_id, state in rows
        if endpoint_id is not None and state == DeliveryState.PENDING
    ]


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


async def take_next(
    session: AsyncSession, tickets: Mapping[UUID, UUID], now: datetime
) -> dict[UUID, DueDelivery]:
    """The deliveries whose first attempts jobs are to make: for each that which it took before, should it
    run again, or else the oldest of its endpoint that no job has taken. None for a job whose delivery was
    begun in another way, or is made.

    ``tickets``: endpoints by job, which is named by the delivery that it was planned for. Others that take
    deliveries for these endpoints wait until the transaction ends.
    """
    await locks.lock_all(session, _LOCK_CLASS, tickets.values())
    values = {"jobs": list(tickets), "endpoints": list(tickets.values()), "now": now}
    rows = await session.execute(_TAKE_NEXT, values)
    return {row[0]: DueDelivery(*row[1:]) for row in rows}


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


async def record_successes(
    session: AsyncSession, attempts: Sequence[MadeAttempt], now: datetime
) -> Sequence[FinishedDelivery]:
    """Log attempts that succeeded and finish their deliveries; returns those that were to be recorded, still.

    One attempt for each delivery. A delivery that is over, or has the attempt already, is left as it is.
    """
    values = {
        "ids": [each.delivery_id for each in attempts],
        "numbers": [each.number for each in attempts],
        "statuses": [each.status for each in attempts],
        "latencies": [each.latency_ms for each in attempts],
        "beginnings": [each.started_at for each in attempts],
        "heads": [each.response_head for each in attempts],
        "now": now,
    }
    return [FinishedDelivery(*row) for row in await session.execute(_RECORD_SUCCESSES, values)]


async def lock(session: AsyncSession, delivery_id: UUID) -> Delivery | None:
    """The delivery, which nobody else can change until the transaction ends."""
    return await session.get(Delivery, delivery_id, with_for_update=True)


async def lock_all(session: AsyncSession, delivery_ids: Collection[UUID]) -> None:
    """Nobody else can change the deliveries until the transaction ends."""
    wanted = select(col(Delivery.id)).where(col(Delivery.id).in_(delivery_ids)).order_by(col(Delivery.id))
    await session.execute(wanted.with_for_update())


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
