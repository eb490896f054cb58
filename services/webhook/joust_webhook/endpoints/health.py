"""What an attempt's end says of its endpoint: it works, it fails, or it has failed for too long.

Runs in the transaction that records the attempt, after the delivery is locked.
"""

from datetime import datetime, timedelta
from uuid import UUID

from joust_contracts.vocabulary import DisabledReason
from joust_kit.database.unit_of_work import UnitOfWork
from joust_webhook.endpoints import repository
from joust_webhook.endpoints.commands import tell_disabled


async def note_success(unit: UnitOfWork, endpoint_id: UUID, failing_since: datetime | None) -> None:
    """The endpoint works; ``failing_since`` is what was known before the attempt."""
    if failing_since is not None:
        await repository.end_failing(unit.session, endpoint_id)


async def note_failure(
    unit: UnitOfWork, endpoint_id: UUID, failing_since: datetime | None, began: datetime, limit: timedelta
) -> None:
    """An attempt that ``began`` at a moment has failed; for longer than ``limit`` all do: disable it."""
    if failing_since is None:
        await repository.begin_failing(unit.session, endpoint_id, began)
    elif began - failing_since >= limit:
        await disable(unit, endpoint_id, DisabledReason.FAILING, unless_later_than=failing_since)


async def disable(
    unit: UnitOfWork, endpoint_id: UUID, reason: DisabledReason, *, unless_later_than: datetime | None = None
) -> None:
    """Send nothing more, and tell so, once. With ``unless_later_than``: only if it has failed since then, so
    that an attempt from before it was enabled does not disable it again."""
    endpoint = await repository.lock_by_id(unit.session, endpoint_id)
    if endpoint is None:
        return
    since = endpoint.failing_since
    if unless_later_than is not None and (since is None or since > unless_later_than):
        return
    if endpoint.disable(reason, unit.now):
        tell_disabled(unit, endpoint)
