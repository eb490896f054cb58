"""Deeds that follow on others' events."""

from joust_contracts.events import (
    EvaluationCompleted,
    EvaluationFailed,
    Event,
    SubmissionReceived,
    TaskClosed,
    TaskDeadlinePassed,
)
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_ranking.standings.commands import await_result, end_submissions, take_failure, take_score


@handles(SubmissionReceived)
async def await_result_on_submission_received(event: Event[SubmissionReceived], unit: UnitOfWork) -> None:
    """Ranks are not final before this one has its result."""
    await await_result(unit, event.data.submission)


@handles(EvaluationCompleted)
async def take_score_on_evaluation_completed(event: Event[EvaluationCompleted], unit: UnitOfWork) -> None:
    """The best score of each account counts."""
    await take_score(unit, event.data.submission, event.data.judgement)


@handles(EvaluationFailed)
async def take_failure_on_evaluation_failed(event: Event[EvaluationFailed], unit: UnitOfWork) -> None:
    """Ranks don't wait for a result that will not come."""
    await take_failure(unit, event.data.submission)


@handles(TaskDeadlinePassed)
async def end_submissions_on_task_deadline_passed(event: Event[TaskDeadlinePassed], unit: UnitOfWork) -> None:
    """Ranks are final once the last evaluation has ended."""
    await end_submissions(unit, event.data.task.id)


@handles(TaskClosed)
async def end_submissions_on_task_closed(event: Event[TaskClosed], unit: UnitOfWork) -> None:
    """A task that its owner closed early is ranked as one whose deadline has passed."""
    await end_submissions(unit, event.data.task.id)
