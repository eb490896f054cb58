"""Deeds that follow on the events of drops."""

from joust_contracts.events import DropSnapshotEvent, DropVerified, Event
from joust_contracts.events.drops import DropEvent
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_kit.observability.metrics import STALE_EVENTS
from joust_ranking.feed import repository


@handles(DropVerified)
async def show_drop_on_drop_verified(event: Event[DropVerified], unit: UnitOfWork) -> None:
    """Everybody may see what came of it."""
    await _show(event.data, unit)


@handles(DropSnapshotEvent)
async def show_drop_on_drop_snapshot(event: Event[DropSnapshotEvent], unit: UnitOfWork) -> None:
    """Show what the topics may have lost."""
    await _show(event.data, unit)


async def _show(data: DropEvent, unit: UnitOfWork) -> None:
    if data.drop.result is None:
        return
    if not await repository.learn(unit.session, data.drop, data.drop.result):
        STALE_EVENTS.labels(data.wire_type()).inc()
