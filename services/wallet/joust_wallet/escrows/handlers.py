"""Deeds that follow on what posted work wants of its money."""

from joust_contracts.events import (
    Event,
    FundingSnapshotEvent,
    TaskFundingRequested,
    TaskPayoutRequested,
    TaskRefundRequested,
)
from joust_contracts.events.fundings import FundingEvent
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_kit.observability.metrics import STALE_EVENTS
from joust_wallet.escrows.commands import follow_wish


@handles(TaskFundingRequested)
async def hold_funds_on_funding_requested(event: Event[TaskFundingRequested], unit: UnitOfWork) -> None:
    """Set the amount aside, or say what is missing."""
    await _follow(unit, event.data)


@handles(TaskPayoutRequested)
async def pay_winners_on_payout_requested(event: Event[TaskPayoutRequested], unit: UnitOfWork) -> None:
    """Pay what is held."""
    await _follow(unit, event.data)


@handles(TaskRefundRequested)
async def release_funds_on_refund_requested(event: Event[TaskRefundRequested], unit: UnitOfWork) -> None:
    """Give back what is held; if nothing is, nothing will be."""
    await _follow(unit, event.data)


@handles(FundingSnapshotEvent)
async def follow_funding_on_snapshot(event: Event[FundingSnapshotEvent], unit: UnitOfWork) -> None:
    """Follow what the topics may have lost."""
    await _follow(unit, event.data)


async def _follow(unit: UnitOfWork, data: FundingEvent) -> None:
    if not await follow_wish(unit, data.funding):
        STALE_EVENTS.labels(data.wire_type()).inc()
