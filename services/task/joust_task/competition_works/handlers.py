"""Deeds that follow on the events of what is handed in: each carries the whole, so all are learned alike."""

from joust_contracts.events import (
    CompetitionSubmissionReceived,
    CompetitionSubmissionRetracted,
    CompetitionSubmissionReviewed,
    CompetitionSubmissionSnapshotEvent,
    Event,
)
from joust_contracts.events.competition_submissions import CompetitionSubmissionEvent
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_kit.observability.metrics import STALE_EVENTS
from joust_task.competition_works import repository


@handles(CompetitionSubmissionReceived)
async def learn_work_on_received(event: Event[CompetitionSubmissionReceived], unit: UnitOfWork) -> None:
    """It may win."""
    await _learn(event.data, unit)


@handles(CompetitionSubmissionRetracted)
async def learn_work_on_retracted(event: Event[CompetitionSubmissionRetracted], unit: UnitOfWork) -> None:
    """It can't win any more."""
    await _learn(event.data, unit)


@handles(CompetitionSubmissionReviewed)
async def learn_work_on_reviewed(event: Event[CompetitionSubmissionReviewed], unit: UnitOfWork) -> None:
    """Feedback is no business of this service, but the version is asked for."""
    await _learn(event.data, unit)


@handles(CompetitionSubmissionSnapshotEvent)
async def learn_work_on_snapshot(event: Event[CompetitionSubmissionSnapshotEvent], unit: UnitOfWork) -> None:
    """Learn what the topics may have lost."""
    await _learn(event.data, unit)


async def _learn(data: CompetitionSubmissionEvent, unit: UnitOfWork) -> None:
    if not await repository.learn(unit.session, data.submission):
        STALE_EVENTS.labels(data.wire_type()).inc()
