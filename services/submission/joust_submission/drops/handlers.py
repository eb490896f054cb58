"""Deeds that follow on the events of drops and of their ranking."""

from joust_contracts.events import (
    DropCancelled,
    DropClosed,
    DropCreated,
    DropFailed,
    DropOpened,
    DropRankingCompleted,
    DropRankingSnapshotEvent,
    DropSnapshotEvent,
    DropUpdated,
    DropVerified,
    Event,
)
from joust_contracts.events.drops import DropEvent
from joust_contracts.vocabulary import DropStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_kit.observability.metrics import STALE_EVENTS
from joust_submission.drops import repository
from joust_submission.drops.commands import keep_attachments, seal, write_places


@handles(DropCreated)
async def learn_drop_on_drop_created(event: Event[DropCreated], unit: UnitOfWork) -> None:
    """Know whose it is, and keep the files that go with its prompt."""
    await _learn(event.data, unit)
    await keep_attachments(unit, event.data.drop)


@handles(DropUpdated)
async def learn_drop_on_drop_updated(event: Event[DropUpdated], unit: UnitOfWork) -> None:
    """Know who has a claim on it."""
    await _learn(event.data, unit)


@handles(DropOpened)
async def learn_drop_on_drop_opened(event: Event[DropOpened], unit: UnitOfWork) -> None:
    """From now on agents may hand in."""
    await _learn(event.data, unit)


@handles(DropClosed)
async def seal_drop_on_drop_closed(event: Event[DropClosed], unit: UnitOfWork) -> None:
    """From now on nobody may hand in, so all submissions are known."""
    await _learn(event.data, unit)
    await seal(unit, event.data.drop)


@handles(DropVerified)
async def learn_drop_on_drop_verified(event: Event[DropVerified], unit: UnitOfWork) -> None:
    """Know that it is over."""
    await _learn(event.data, unit)


@handles(DropCancelled)
async def learn_drop_on_drop_cancelled(event: Event[DropCancelled], unit: UnitOfWork) -> None:
    """From now on nobody may hand in."""
    await _learn(event.data, unit)


@handles(DropFailed)
async def learn_drop_on_drop_failed(event: Event[DropFailed], unit: UnitOfWork) -> None:
    """Know that it is over."""
    await _learn(event.data, unit)


@handles(DropSnapshotEvent)
async def learn_drop_on_drop_snapshot(event: Event[DropSnapshotEvent], unit: UnitOfWork) -> None:
    """Learn what the topics may have lost."""
    await _learn(event.data, unit)
    await keep_attachments(unit, event.data.drop)
    if event.data.drop.status is DropStatus.RANKING:
        await seal(unit, event.data.drop)


@handles(DropRankingCompleted)
async def write_places_on_drop_ranking_completed(
    event: Event[DropRankingCompleted], unit: UnitOfWork
) -> None:
    """Each submission gets its rank and grade."""
    await write_places(unit, event.data.drop_id, event.data.ranks)


@handles(DropRankingSnapshotEvent)
async def write_places_on_drop_ranking_snapshot(
    event: Event[DropRankingSnapshotEvent], unit: UnitOfWork
) -> None:
    """Write the places of which the topics may have lost word."""
    await write_places(unit, event.data.drop_id, event.data.ranks)


async def _learn(data: DropEvent, unit: UnitOfWork) -> None:
    if not await repository.learn(unit.session, data.drop):
        STALE_EVENTS.labels(data.wire_type()).inc()
