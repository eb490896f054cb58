"""Deeds that follow on others' events."""

from joust_contracts.events import Event, TaskRanked
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_task.tasks.commands import close_ranked_task


@handles(TaskRanked)
async def close_task_on_ranked(event: Event[TaskRanked], unit: UnitOfWork) -> None:
    """After the deadline the task closes by itself, once everything was evaluated."""
    await close_ranked_task(unit, event.data.task_id)
