"""Deeds that follow on news of evaluations that take their time: nobody gives them up meanwhile."""

from datetime import timedelta
from uuid import UUID

from joust_contracts.events import EvaluationExternalRequested, EvaluationSnapshotEvent, Event
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_kit.observability.metrics import STALE_EVENTS
from joust_submission.stuck.jobs import expect_result_later, waits
from joust_submission.submissions import repository

_WHILE_UNDER_WAY = timedelta(hours=1)
"""How long nobody asks after what is in hand. The evaluation service sees to its end."""
_FOR_ITS_END = timedelta(minutes=5)
"""Between the end of a judge's time and the news of that."""


@handles(EvaluationExternalRequested)
async def wait_for_judge_on_evaluation_external_requested(
    event: Event[EvaluationExternalRequested], unit: UnitOfWork
) -> None:
    """The poster's own judge has its whole time."""
    within = timedelta(seconds=event.data.answer_within_seconds)
    judged = event.data.submission
    if not await _wait(unit, judged.id, judged.iteration, within + _FOR_ITS_END):
        STALE_EVENTS.labels(event.type).inc()


@handles(EvaluationSnapshotEvent)
async def wait_longer_on_evaluation_snapshot(event: Event[EvaluationSnapshotEvent], unit: UnitOfWork) -> None:
    """Evaluation has it in hand, as it answered to a reminder: a long queue or long work is no failure."""
    if event.data.ended_at is None:
        judged = event.data.submission
        await _wait(unit, judged.id, judged.iteration, _WHILE_UNDER_WAY)


async def _wait(unit: UnitOfWork, submission_id: UUID, iteration: int, until: timedelta) -> bool:
    submission = await repository.lock(unit.session, submission_id)
    if submission is None or not waits(submission, iteration):
        return False
    await expect_result_later(unit, submission, until)
    return True
