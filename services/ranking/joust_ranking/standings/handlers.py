"""Deeds that follow on others' events."""

from joust_contracts.events import (
    EvaluationCompleted,
    EvaluationFailed,
    EvaluationSnapshotEvent,
    Event,
    EventData,
    SubmissionFailed,
    SubmissionReceived,
    SubmissionReEvalRequested,
    SubmissionSnapshotEvent,
    TaskClosed,
    TaskDeadlinePassed,
    TaskSnapshotEvent,
)
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_kit.observability.metrics import STALE_EVENTS
from joust_ranking.standings.commands import (
    await_every_result,
    await_result,
    end_submissions,
    take_failure,
    take_score,
)
from joust_ranking.standings.rules import ended_without_score, takes_submissions, was_handed_in


@handles(SubmissionReceived)
async def await_result_on_submission_received(event: Event[SubmissionReceived], unit: UnitOfWork) -> None:
    """Ranks are not final before this one has its result."""
    _count(event.data, is_new=await await_result(unit, event.data.submission))


@handles(SubmissionReEvalRequested)
async def await_result_on_submission_re_eval_requested(
    event: Event[SubmissionReEvalRequested], unit: UnitOfWork
) -> None:
    """Ranks are not final before the next iteration has its result, either."""
    _count(event.data, is_new=await await_result(unit, event.data.submission))


@handles(SubmissionFailed)
async def take_failure_on_submission_failed(event: Event[SubmissionFailed], unit: UnitOfWork) -> None:
    """Ranks don't wait for an evaluation that was given up. Of others evaluation.failed tells as well."""
    if ended_without_score(event.data.submission):
        await take_failure(unit, event.data.submission)


@handles(SubmissionSnapshotEvent)
async def await_results_on_submission_snapshot(
    event: Event[SubmissionSnapshotEvent], unit: UnitOfWork
) -> None:
    """Know of all iterations whose beginning the topics may have lost."""
    submission = event.data.submission
    if was_handed_in(submission):
        _count(event.data, is_new=await await_every_result(unit, submission))
    if ended_without_score(submission):
        await take_failure(unit, submission)


@handles(EvaluationCompleted)
async def take_score_on_evaluation_completed(event: Event[EvaluationCompleted], unit: UnitOfWork) -> None:
    """The best score of each account counts."""
    _count(event.data, is_new=await take_score(unit, event.data.submission, event.data.judgement))


@handles(EvaluationFailed)
async def take_failure_on_evaluation_failed(event: Event[EvaluationFailed], unit: UnitOfWork) -> None:
    """Ranks don't wait for a result that will not come."""
    _count(event.data, is_new=await take_failure(unit, event.data.submission))


@handles(EvaluationSnapshotEvent)
async def take_result_on_evaluation_snapshot(event: Event[EvaluationSnapshotEvent], unit: UnitOfWork) -> None:
    """Take a result that the topics may have lost."""
    data = event.data
    if data.judgement is not None:
        _count(data, is_new=await take_score(unit, data.submission, data.judgement))
    elif data.failure_reason is not None:
        _count(data, is_new=await take_failure(unit, data.submission))


@handles(TaskDeadlinePassed)
async def end_submissions_on_task_deadline_passed(event: Event[TaskDeadlinePassed], unit: UnitOfWork) -> None:
    """Ranks are final once the last evaluation has ended."""
    await end_submissions(unit, event.data.task.id)


@handles(TaskClosed)
async def end_submissions_on_task_closed(event: Event[TaskClosed], unit: UnitOfWork) -> None:
    """A task that its owner closed early is ranked as one whose deadline has passed."""
    await end_submissions(unit, event.data.task.id)


@handles(TaskSnapshotEvent)
async def end_submissions_on_task_snapshot(event: Event[TaskSnapshotEvent], unit: UnitOfWork) -> None:
    """Know an end that the topics may have lost."""
    if not takes_submissions(event.data.task.status):
        await end_submissions(unit, event.data.task.id)


def _count(data: EventData, *, is_new: bool) -> None:
    if not is_new:
        STALE_EVENTS.labels(data.wire_type()).inc()
