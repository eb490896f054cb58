"""All SQL about the log of events."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.vocabulary import WebhookEventType
from joust_webhook.event_log.models import EventCount, LoggedEvent

# In the order of accounts, so that no two events wait for each other. Somebody may be logging the same event
# for the same account at this moment: then the second one breaks uq_events_account_id_event_id and is tried
# again, so that no position is left out.
_APPEND = text(
    """
    WITH counted AS (
        INSERT INTO webhook.event_counts AS known (account_id, last_position)
        SELECT account_id, 1 FROM unnest(CAST(:accounts AS uuid[])) AS told (account_id) ORDER BY account_id
        ON CONFLICT (account_id) DO UPDATE SET last_position = known.last_position + 1
        WHERE NOT EXISTS (
            SELECT FROM webhook.events AS logged
            WHERE logged.account_id = known.account_id AND logged.event_id = CAST(:event_id AS uuid)
        )
        RETURNING account_id, last_position
    )
    INSERT INTO webhook.events (account_id, position, event_id, event_type, payload, logged_at)
    SELECT
        account_id, last_position, CAST(:event_id AS uuid), CAST(:event_type AS text),
        CAST(:payload AS text), CAST(:now AS timestamptz)
    FROM counted
    """
)


async def append(
    session: AsyncSession,
    *,
    accounts: Collection[UUID],
    event_id: UUID,
    event_type: WebhookEventType,
    payload: str,
    now: datetime,
) -> None:
    """Log the event for each account that does not have it yet; holds their counts until the transaction
    ends."""
    values = {
        "accounts": list(accounts),
        "event_id": event_id,
        "event_type": event_type.value,
        "payload": payload,
        "now": now,
    }
    await session.execute(_APPEND, values)


async def list_after(
    session: AsyncSession, account_id: UUID, after: int, limit: int, max_bytes: int
) -> Sequence[LoggedEvent]:
    """The account's events behind a position, in their order: at most ``limit``, and no further one once
    their texts have ``max_bytes``."""
    following = (
        select(col(LoggedEvent.position), func.octet_length(col(LoggedEvent.payload)).label("size"))
        .where(col(LoggedEvent.account_id) == account_id, col(LoggedEvent.position) > after)
        .order_by(col(LoggedEvent.position))
        .limit(limit)
        .subquery()
    )
    size = following.c.size
    measured = select(
        following.c.position, (func.sum(size).over(order_by=following.c.position) - size).label("before")
    ).subquery()
    wanted = (
        select(LoggedEvent)
        .join(measured, measured.c.position == col(LoggedEvent.position))
        .where(col(LoggedEvent.account_id) == account_id, measured.c.before < max_bytes)
        .order_by(col(LoggedEvent.position))
    )
    return (await session.scalars(wanted)).all()


async def last_position(session: AsyncSession, account_id: UUID) -> int:
    """How many events the account was told of, those that are forgotten too."""
    known = select(col(EventCount.last_position)).where(col(EventCount.account_id) == account_id)
    return await session.scalar(known) or 0
