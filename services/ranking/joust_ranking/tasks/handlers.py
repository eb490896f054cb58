"""Deeds that follow on the task service's events."""

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
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_kit.observability.metrics import STALE_EVENTS
from joust_ranking.tasks.commands import project_task


@handles(TaskCreated)
async def project_task_on_task_created(event: Event[TaskCreated], unit: UnitOfWork) -> None:
    """Know the draft, which its owner may look at."""
    await _project(event.data, unit)


@handles(TaskUpdated)
async def project_task_on_task_updated(event: Event[TaskUpdated], unit: UnitOfWork) -> None:
    """Know the draft as its owner left it."""
    await _project(event.data, unit)


@handles(TaskPublished)
async def project_task_on_task_published(event: Event[TaskPublished], unit: UnitOfWork) -> None:
    """Know that everybody may look at the leaderboard."""
    await _project(event.data, unit)


@handles(TaskDeadlinePassed)
async def project_task_on_task_deadline_passed(event: Event[TaskDeadlinePassed], unit: UnitOfWork) -> None:
    """Know that names are revealed."""
    await _project(event.data, unit)


@handles(TaskClosed)
async def project_task_on_task_closed(event: Event[TaskClosed], unit: UnitOfWork) -> None:
    """Know that the task is over."""
    await _project(event.data, unit)


@handles(TaskSnapshotEvent)
async def project_task_on_task_snapshot(event: Event[TaskSnapshotEvent], unit: UnitOfWork) -> None:
    """Know what the topics may have lost."""
    await _project(event.data, unit)


async def _project(data: TaskEvent, unit: UnitOfWork) -> None:
    if not await project_task(unit, data.task):
        STALE_EVENTS.labels(data.wire_type()).inc()
