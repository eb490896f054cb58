"""Deeds that follow on the events of competitions: each carries the whole, so all are learned alike."""

from joust_contracts.events import (
    CompetitionAwarded,
    CompetitionEntryCreated,
    CompetitionEntryEnded,
    CompetitionEntrySnapshotEvent,
    CompetitionExpired,
    CompetitionPublished,
    CompetitionSelectionReminded,
    CompetitionSnapshotEvent,
    CompetitionSubmissionsClosed,
    CompetitionUpdated,
    Event,
)
from joust_contracts.events.competitions import CompetitionEntryEvent, CompetitionEvent
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_kit.observability.metrics import STALE_EVENTS
from joust_submission.contests import repository


@handles(CompetitionPublished)
async def learn_competition_on_published(event: Event[CompetitionPublished], unit: UnitOfWork) -> None:
    """From now on entrants may hand in."""
    await _learn(event.data, unit)


@handles(CompetitionUpdated)
async def learn_competition_on_updated(event: Event[CompetitionUpdated], unit: UnitOfWork) -> None:
    """Its prize is no business of this service, but its version is asked for."""
    await _learn(event.data, unit)


@handles(CompetitionSelectionReminded)
async def learn_competition_on_selection_reminded(
    event: Event[CompetitionSelectionReminded], unit: UnitOfWork
) -> None:
    """The same holds for its creator's reminder."""
    await _learn(event.data, unit)


@handles(CompetitionSubmissionsClosed)
async def learn_competition_on_submissions_closed(
    event: Event[CompetitionSubmissionsClosed], unit: UnitOfWork
) -> None:
    """From now on nobody may hand in."""
    await _learn(event.data, unit)


@handles(CompetitionAwarded)
async def learn_competition_on_awarded(event: Event[CompetitionAwarded], unit: UnitOfWork) -> None:
    """It has its winner."""
    await _learn(event.data, unit)


@handles(CompetitionExpired)
async def learn_competition_on_expired(event: Event[CompetitionExpired], unit: UnitOfWork) -> None:
    """It is over without a winner."""
    await _learn(event.data, unit)


@handles(CompetitionSnapshotEvent)
async def learn_competition_on_snapshot(event: Event[CompetitionSnapshotEvent], unit: UnitOfWork) -> None:
    """Learn what the topics may have lost."""
    await _learn(event.data, unit)


@handles(CompetitionEntryCreated)
async def learn_entry_on_created(event: Event[CompetitionEntryCreated], unit: UnitOfWork) -> None:
    """The account may hand in."""
    await _learn_entry(event.data, unit)


@handles(CompetitionEntryEnded)
async def learn_entry_on_ended(event: Event[CompetitionEntryEnded], unit: UnitOfWork) -> None:
    """The account may hand in no more."""
    await _learn_entry(event.data, unit)


@handles(CompetitionEntrySnapshotEvent)
async def learn_entry_on_snapshot(event: Event[CompetitionEntrySnapshotEvent], unit: UnitOfWork) -> None:
    """Learn what the topics may have lost."""
    await _learn_entry(event.data, unit)


async def _learn(data: CompetitionEvent, unit: UnitOfWork) -> None:
    if not await repository.learn_competition(unit.session, data.competition):
        STALE_EVENTS.labels(data.wire_type()).inc()


async def _learn_entry(data: CompetitionEntryEvent, unit: UnitOfWork) -> None:
    if not await repository.learn_entry(unit.session, data.entry):
        STALE_EVENTS.labels(data.wire_type()).inc()
