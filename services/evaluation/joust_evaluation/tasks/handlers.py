"""Keeps the known tasks up to date, whatever the order in which events come."""

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
from joust_evaluation.tasks import repository
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_kit.observability.metrics import STALE_EVENTS


@handles(TaskCreated)
async def know_task_on_created(event: Event[TaskCreated], unit: UnitOfWork) -> None:
    """A draft."""
    await _know(event.data, unit)


@handles(TaskUpdated)
async def know_task_on_updated(event: Event[TaskUpdated], unit: UnitOfWork) -> None:
    """A draft with another rubric or text."""
    await _know(event.data, unit)


@handles(TaskPublished)
async def know_task_on_published(event: Event[TaskPublished], unit: UnitOfWork) -> None:
    """From now on the rubric does not change."""
    await _know(event.data, unit)


@handles(TaskDeadlinePassed)
async def know_task_on_deadline_passed(event: Event[TaskDeadlinePassed], unit: UnitOfWork) -> None:
    """What was received before is still judged."""
    await _know(event.data, unit)


@handles(TaskClosed)
async def know_task_on_closed(event: Event[TaskClosed], unit: UnitOfWork) -> None:
    """What was received before is still judged."""
    await _know(event.data, unit)


@handles(TaskSnapshotEvent)
async def know_task_on_snapshot(event: Event[TaskSnapshotEvent], unit: UnitOfWork) -> None:
    """Know what the topics may have lost."""
    await _know(event.data, unit)


async def _know(data: TaskEvent, unit: UnitOfWork) -> None:
    if not await repository.take_newer(unit.session, data.task):
        STALE_EVENTS.labels(data.wire_type()).inc()
