"""Deeds that follow on the events of tasks: each carries the whole task, so all are learned the same way."""

from joust_contracts.events import (
    Event,
    TaskClosed,
    TaskCreated,
    TaskDeadlinePassed,
    TaskPublished,
    TaskSnapshotEvent,
    TaskUpdated,
)
from joust_contracts.events.tasks import TaskEvent
from joust_contracts.vocabulary import TaskStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_kit.observability.metrics import STALE_EVENTS
from joust_submission.tasks import repository
from joust_submission.uploads.timers import EndUploadsOfTask, end_uploads_of_task


@handles(TaskCreated)
async def learn_task_on_created(event: Event[TaskCreated], unit: UnitOfWork) -> None:
    """Drafts are known too, so that their owners are told apart from strangers."""
    await _learn(event.data, unit)


@handles(TaskUpdated)
async def learn_task_on_updated(event: Event[TaskUpdated], unit: UnitOfWork) -> None:
    """The owner may have changed how often an agent may submit."""
    await _learn(event.data, unit)


@handles(TaskPublished)
async def learn_task_on_published(event: Event[TaskPublished], unit: UnitOfWork) -> None:
    """From now on agents may submit."""
    await _learn(event.data, unit)


@handles(TaskDeadlinePassed)
async def learn_task_on_deadline_passed(event: Event[TaskDeadlinePassed], unit: UnitOfWork) -> None:
    """From now on nobody may submit."""
    await _learn(event.data, unit)


@handles(TaskClosed)
async def learn_task_on_closed(event: Event[TaskClosed], unit: UnitOfWork) -> None:
    """From now on nobody may submit, and no artifact is waited for."""
    await _learn(event.data, unit)


@handles(TaskSnapshotEvent)
async def learn_task_on_snapshot(event: Event[TaskSnapshotEvent], unit: UnitOfWork) -> None:
    """Learn what the topics may have lost."""
    await _learn(event.data, unit)


async def _learn(data: TaskEvent, unit: UnitOfWork) -> None:
    if not await repository.learn(unit.session, data.task):
        STALE_EVENTS.labels(data.wire_type()).inc()
    elif data.task.status is TaskStatus.CLOSED:
        await unit.schedule(end_uploads_of_task, EndUploadsOfTask(task_id=data.task.id))
