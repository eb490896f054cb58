"""Deeds that follow on others' events."""

from joust_contracts.events import Event, SubmissionReceived, SubmissionSnapshotEvent
from joust_contracts.events.submissions import SubmissionEvent
from joust_evaluation.evaluations.commands import queue_evaluation
from joust_evaluation.evaluations.jobs import EvaluateSubmission, evaluate
from joust_evaluation.evaluations.rules import awaits_judgement
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_kit.observability.metrics import STALE_EVENTS


@handles(SubmissionReceived)
async def queue_evaluation_on_submission_received(event: Event[SubmissionReceived], unit: UnitOfWork) -> None:
    """Evaluate each iteration once."""
    await _queue(event.data, unit)


@handles(SubmissionSnapshotEvent)
async def queue_evaluation_on_submission_snapshot(
    event: Event[SubmissionSnapshotEvent], unit: UnitOfWork
) -> None:
    """Evaluate what waits for its score because the topics lost its arrival."""
    if awaits_judgement(event.data.submission):
        await _queue(event.data, unit)


async def _queue(data: SubmissionEvent, unit: UnitOfWork) -> None:
    evaluation_id = await queue_evaluation(unit, data.submission)
    if evaluation_id is None:
        STALE_EVENTS.labels(data.wire_type()).inc()
    else:
        await unit.schedule(evaluate, EvaluateSubmission(evaluation_id=evaluation_id))
