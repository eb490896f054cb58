"""Deeds that follow on the task service's events."""

from joust_contracts.events import Event, TaskClosed, TaskCreated, TaskDeadlinePassed, TaskPublished
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_ranking.tasks.commands import project_task


@handles(TaskCreated)
async def project_task_on_task_created(event: Event[TaskCreated], unit: UnitOfWork) -> None:
    """Know the draft, which its owner may look at."""
    await project_task(unit, event.data.task)


@handles(TaskPublished)
async def project_task_on_task_published(event: Event[TaskPublished], unit: UnitOfWork) -> None:
    """Know that everybody may look at the leaderboard."""
    await project_task(unit, event.data.task)


@handles(TaskDeadlinePassed)
async def project_task_on_task_deadline_passed(event: Event[TaskDeadlinePassed], unit: UnitOfWork) -> None:
    """Know that names are revealed."""
    await project_task(unit, event.data.task)


@handles(TaskClosed)
async def project_task_on_task_closed(event: Event[TaskClosed], unit: UnitOfWork) -> None:
    """Know that the task is over."""
    await project_task(unit, event.data.task)
