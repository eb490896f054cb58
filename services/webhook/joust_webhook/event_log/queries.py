"""What an account may see of the log: what itself was told."""

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.webhooks import EventPage
from joust_kit.errors import Invalid
from joust_kit.identity import Actor
from joust_webhook.event_log import repository

_MAX_PAGE_BYTES = 1_000_000
"""Of the messages' texts; the one that goes beyond it is the last of its page."""


async def list_events(session: AsyncSession, actor: Actor, after: int, limit: int) -> EventPage:
    """The actor's events behind position ``after``, oldest first; 0 for the beginning of what is kept.

    Raises ``Invalid`` for a position that no event has had yet.
    """
    rows = await repository.list_after(session, actor.account_id, after, limit, _MAX_PAGE_BYTES)
    # Read after the events, so that one logged in between only makes the caller ask again.
    last = await repository.last_position(session, actor.account_id)
    if after > last:
        raise Invalid(after=f"is no position that an event had; the last one is {last}")
    reached = rows[-1].position if rows else after
    return EventPage(
        data=tuple(row.view() for row in rows), next_after=reached, has_more=bool(rows) and reached < last
    )
