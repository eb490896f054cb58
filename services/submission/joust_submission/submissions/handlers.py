"""Deeds that follow on the results of evaluations."""

from joust_contracts.events import EvaluationCompleted, EvaluationFailed, EvaluationSnapshotEvent, Event
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_kit.observability.metrics import STALE_EVENTS
from joust_submission.submissions.commands import complete_submission, fail_evaluation


@handles(EvaluationCompleted)
async def complete_submission_on_evaluation_completed(
    event: Event[EvaluationCompleted], unit: UnitOfWork
) -> None:
    """The score is written once for each iteration."""
    data = event.data
    judged = data.submission
    if not await complete_submission(unit, judged.id, judged.iteration, data.judgement, data.completed_at):
        STALE_EVENTS.labels(event.type).inc()


@handles(EvaluationFailed)
async def fail_submission_on_evaluation_failed(event: Event[EvaluationFailed], unit: UnitOfWork) -> None:
    """The submission stays without a score until it is evaluated again; that costs no quota."""
    data, judged = event.data, event.data.submission
    if not await fail_evaluation(
        unit, judged.id, judged.iteration, data.reason, platform_fault=data.platform_fault
    ):
        STALE_EVENTS.labels(event.type).inc()


@handles(EvaluationSnapshotEvent)
async def end_iteration_on_evaluation_snapshot(
    event: Event[EvaluationSnapshotEvent], unit: UnitOfWork
) -> None:
    """Take a result that the topics may have lost, unless it is there."""
    data, judged = event.data, event.data.submission
    if data.judgement is not None and data.ended_at is not None:
        is_new = await complete_submission(unit, judged.id, judged.iteration, data.judgement, data.ended_at)
    elif data.failure_reason is not None:
        is_new = await fail_evaluation(
            unit, judged.id, judged.iteration, data.failure_reason, platform_fault=data.platform_fault
        )
    else:
        return
    if not is_new:
        STALE_EVENTS.labels(event.type).inc()
