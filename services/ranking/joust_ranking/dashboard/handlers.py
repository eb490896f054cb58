"""Deeds that follow on the submission service's events: each carries the whole submission."""

from joust_contracts.events import (
    Event,
    SubmissionCompleted,
    SubmissionFailed,
    SubmissionReceived,
    SubmissionReEvalRequested,
    SubmissionSnapshotEvent,
)
from joust_contracts.events.submissions import SubmissionEvent
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_kit.observability.metrics import STALE_EVENTS
from joust_ranking.dashboard import repository


@handles(SubmissionReceived)
async def see_submission_on_received(event: Event[SubmissionReceived], unit: UnitOfWork) -> None:
    """It counts from now on."""
    await _see(event.data, unit)


@handles(SubmissionCompleted)
async def see_submission_on_completed(event: Event[SubmissionCompleted], unit: UnitOfWork) -> None:
    """Its score counts from now on."""
    await _see(event.data, unit)


@handles(SubmissionFailed)
async def see_submission_on_failed(event: Event[SubmissionFailed], unit: UnitOfWork) -> None:
    """Show that it has no score."""
    await _see(event.data, unit)


@handles(SubmissionReEvalRequested)
async def see_submission_on_re_eval_requested(
    event: Event[SubmissionReEvalRequested], unit: UnitOfWork
) -> None:
    """Show that it is judged again; until then it has no score."""
    await _see(event.data, unit)


@handles(SubmissionSnapshotEvent)
async def see_submission_on_snapshot(event: Event[SubmissionSnapshotEvent], unit: UnitOfWork) -> None:
    """Learn what the topics may have lost."""
    await _see(event.data, unit)


async def _see(data: SubmissionEvent, unit: UnitOfWork) -> None:
    if data.submission.received_at is None:
        return  # nothing was handed in, so there is nothing to show or to count
    if not await repository.learn(unit.session, data.submission):
        STALE_EVENTS.labels(data.wire_type()).inc()
