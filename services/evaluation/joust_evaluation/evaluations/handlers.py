"""Deeds that follow on others' events."""

from joust_contracts.events import (
    Event,
    SubmissionFailed,
    SubmissionReceived,
    SubmissionReEvalRequested,
    SubmissionSnapshotEvent,
)
from joust_contracts.events.submissions import SubmissionEvent
from joust_evaluation.evaluations import repository
from joust_evaluation.evaluations.commands import end_given_up, find_missed, queue_evaluation
from joust_evaluation.evaluations.jobs import (
    EvaluateAgain,
    EvaluateSubmission,
    evaluate,
    evaluate_again,
    evaluate_external,
    evaluate_long,
    job_of,
)
from joust_evaluation.evaluations.rules import awaits_judgement, timer_of, was_given_up
from joust_evaluation.queue.rules import delay_of_turn
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_kit.observability.metrics import STALE_EVENTS


@handles(SubmissionReceived)
async def queue_evaluation_on_submission_received(event: Event[SubmissionReceived], unit: UnitOfWork) -> None:
    """Evaluate each iteration once."""
    await _queue(event.data, unit)


@handles(SubmissionReEvalRequested)
async def queue_evaluation_on_submission_re_eval_requested(
    event: Event[SubmissionReEvalRequested], unit: UnitOfWork
) -> None:
    """Evaluate the next iteration, once as well."""
    await _queue(event.data, unit)


@handles(SubmissionSnapshotEvent)
async def push_evaluation_on_submission_snapshot(
    event: Event[SubmissionSnapshotEvent], unit: UnitOfWork
) -> None:
    """Evaluate what still waits for its score: its arrival, its job or its result may be lost."""
    submission = event.data.submission
    if not awaits_judgement(submission):
        return
    missed = await find_missed(unit, submission)
    if missed is None:
        await _queue(event.data, unit)
    else:
        await unit.schedule(evaluate_again, EvaluateAgain(evaluation_id=missed), timer_id=str(missed))


@handles(SubmissionFailed)
async def end_evaluation_on_submission_failed(event: Event[SubmissionFailed], unit: UnitOfWork) -> None:
    """Nobody waits for the result any more; as a rule it was this service that said so first."""
    if not was_given_up(event.data.submission):
        return
    ended = await end_given_up(unit, event.data.submission)
    if ended is not None:
        for job in (evaluate, evaluate_long, evaluate_external):
            await unit.cancel(job, timer_of(ended))


async def _queue(data: SubmissionEvent, unit: UnitOfWork) -> None:
    queued = await queue_evaluation(unit, data.submission)
    if queued is None:
        STALE_EVENTS.labels(data.wire_type()).inc()
        return
    # In its own lane from the start, so that it never waits behind a language model that does not answer.
    lane = await repository.find_lane(unit.session, data.submission.task_id)
    await unit.schedule(
        job_of(lane),
        EvaluateSubmission(evaluation_id=queued.id),
        timer_id=timer_of(queued.id),
        delay=delay_of_turn(queued.turn_at, unit.now),
    )
