"""Begins replays and recoveries. Each runs in the caller's transaction, which the edge commits."""

from datetime import datetime
from uuid import UUID

from joust_contracts.internal.webhooks import ResendView
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.errors import Invalid
from joust_kit.identity import Actor
from joust_webhook.deliveries.errors import TooManyResends
from joust_webhook.endpoints import queries as endpoints
from joust_webhook.resends import repository
from joust_webhook.resends.jobs import ResendBatch, resend_batch
from joust_webhook.resends.models import Resend

_AT_ONCE = 3
"""For an endpoint; each begins to send as fast as the endpoint answers."""


async def begin_resend(
    unit: UnitOfWork,
    actor: Actor,
    endpoint_id: UUID,
    since: datetime,
    until: datetime | None = None,
    *,
    failed_only: bool,
) -> ResendView:
    """Make deliveries again that were made from ``since`` until before ``until``, which is at most now.

    Raises ``EndpointNotFound``, ``EndpointInactive``, ``EndpointIsDisabled``, ``TooManyResends``, and
    ``Invalid`` for a span that has not begun.
    """
    if since >= unit.now:
        raise Invalid(since="must be a moment in the past")
    await endpoints.get_for_sending(unit.session, actor, endpoint_id)
    if await repository.count_open(unit.session, endpoint_id) >= _AT_ONCE:
        raise TooManyResends()
    begun = Resend(
        id=unit.new_id(),
        endpoint_id=endpoint_id,
        since=since,
        until=unit.now if until is None else min(until, unit.now),
        failed_only=failed_only,
        created_at=unit.now,
    )
    unit.session.add(begun)
    await unit.schedule(resend_batch, ResendBatch(resend_id=begun.id, step=1))
    return begun.view()
