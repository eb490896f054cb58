"""Deeds that follow on the events of submissions."""

from joust_contracts.events import Event, SubmissionReceived, SubmissionSnapshotEvent
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_task.competitors import repository


@handles(SubmissionReceived)
async def count_competitor_on_submission_received(event: Event[SubmissionReceived], unit: UnitOfWork) -> None:
    """The account competes from its first submission on."""
    submission = event.data.submission
    await repository.add(unit.session, submission.task_id, submission.account_id)


@handles(SubmissionSnapshotEvent)
async def count_competitor_on_submission_snapshot(
    event: Event[SubmissionSnapshotEvent], unit: UnitOfWork
) -> None:
    """Count whom the topics may have lost."""
    submission = event.data.submission
    if submission.received_at is not None:
        await repository.add(unit.session, submission.task_id, submission.account_id)
