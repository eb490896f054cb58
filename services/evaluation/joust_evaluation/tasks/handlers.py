"""Keeps the known tasks up to date, whatever the order in which events come."""

from joust_contracts.events import Event, TaskClosed, TaskCreated, TaskDeadlinePassed, TaskPublished
from joust_evaluation.tasks import repository
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles


@handles(TaskCreated)
async def know_task_on_created(event: Event[TaskCreated], unit: UnitOfWork) -> None:
    """A draft."""
    await repository.take_newer(unit.session, event.data.task)


@handles(TaskPublished)
async def know_task_on_published(event: Event[TaskPublished], unit: UnitOfWork) -> None:
    """From now on the rubric does not change."""
    await repository.take_newer(unit.session, event.data.task)


@handles(TaskDeadlinePassed)
async def know_task_on_deadline_passed(event: Event[TaskDeadlinePassed], unit: UnitOfWork) -> None:
    """What was received before is still judged."""
    await repository.take_newer(unit.session, event.data.task)


@handles(TaskClosed)
async def know_task_on_closed(event: Event[TaskClosed], unit: UnitOfWork) -> None:
    """What was received before is still judged."""
    await repository.take_newer(unit.session, event.data.task)
