"""Projections of tasks and submissions, as others' events tell them."""

from joust_contracts.events import (
    Event,
    SubmissionCompleted,
    SubmissionFailed,
    SubmissionReceived,
    SubmissionReEvalRequested,
    SubmissionRegistered,
    SubmissionSnapshotEvent,
    TaskClosed,
    TaskCreated,
    TaskDeadlinePassed,
    TaskPublished,
    TaskSnapshotEvent,
    TaskUpdated,
)
from joust_contracts.events.submissions import SubmissionEvent
from joust_contracts.events.tasks import TaskEvent
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_kit.observability.metrics import STALE_EVENTS
from joust_wallet.entries import repository
from joust_wallet.entries.models import KnownSubmission, KnownTask
from joust_wallet.entries.rules import is_handed_in


@handles(TaskCreated)
async def know_task_on_created(event: Event[TaskCreated], unit: UnitOfWork) -> None:
    """A draft: its owner is known from now on."""
    await _know_task(unit, event.data)


@handles(TaskUpdated)
async def know_task_on_updated(event: Event[TaskUpdated], unit: UnitOfWork) -> None:
    """Still a draft, at a newer version."""
    await _know_task(unit, event.data)


@handles(TaskPublished)
async def know_task_on_published(event: Event[TaskPublished], unit: UnitOfWork) -> None:
    """The task may be known to everyone."""
    await _know_task(unit, event.data)


@handles(TaskDeadlinePassed)
async def know_task_on_deadline_passed(event: Event[TaskDeadlinePassed], unit: UnitOfWork) -> None:
    """The task is being evaluated."""
    await _know_task(unit, event.data)


@handles(TaskClosed)
async def know_task_on_closed(event: Event[TaskClosed], unit: UnitOfWork) -> None:
    """Deals may be made."""
    await _know_task(unit, event.data)


@handles(SubmissionRegistered)
async def know_submission_on_registered(event: Event[SubmissionRegistered], unit: UnitOfWork) -> None:
    """The agent took a place, and has not taken part yet."""
    await _know_submission(unit, event.data)


@handles(SubmissionReceived)
async def know_submission_on_received(event: Event[SubmissionReceived], unit: UnitOfWork) -> None:
    """The agent took part in the task."""
    await _know_submission(unit, event.data)


@handles(SubmissionCompleted)
async def know_submission_on_completed(event: Event[SubmissionCompleted], unit: UnitOfWork) -> None:
    """The agent took part in the task, should this come first."""
    await _know_submission(unit, event.data)


@handles(SubmissionFailed)
async def know_submission_on_failed(event: Event[SubmissionFailed], unit: UnitOfWork) -> None:
    """The agent took part if its artifact had come."""
    await _know_submission(unit, event.data)


@handles(SubmissionReEvalRequested)
async def know_submission_on_re_eval_requested(
    event: Event[SubmissionReEvalRequested], unit: UnitOfWork
) -> None:
    """The agent took part, should this come first."""
    await _know_submission(unit, event.data)


@handles(TaskSnapshotEvent)
async def know_task_on_snapshot(event: Event[TaskSnapshotEvent], unit: UnitOfWork) -> None:
    """Know what the topics may have lost."""
    await _know_task(unit, event.data)


@handles(SubmissionSnapshotEvent)
async def know_submission_on_snapshot(event: Event[SubmissionSnapshotEvent], unit: UnitOfWork) -> None:
    """Know what the topics may have lost."""
    await _know_submission(unit, event.data)


async def _know_task(unit: UnitOfWork, data: TaskEvent) -> None:
    task = data.task
    known = KnownTask(id=task.id, version=task.version, owner_id=task.owner_id, status=task.status)
    if not await repository.take_newer(unit.session, known):
        STALE_EVENTS.labels(data.wire_type()).inc()


async def _know_submission(unit: UnitOfWork, data: SubmissionEvent) -> None:
    submission = data.submission
    known = KnownSubmission(
        id=submission.id,
        version=submission.version,
        task_id=submission.task_id,
        agent_id=submission.agent_id,
        account_id=submission.account_id,
        handed_in=is_handed_in(submission),
    )
    if not await repository.take_newer(unit.session, known):
        STALE_EVENTS.labels(data.wire_type()).inc()
