"""Deadlines as durable timers."""

from uuid import UUID

from joust_contracts.base import Command
from joust_contracts.events import TaskDeadlinePassed
from joust_contracts.vocabulary import TaskStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.failpoints import failpoint
from joust_kit.jobs import JobContext, job
from joust_task.tasks import repository


class PassDeadline(Command):
    """The task whose deadline has come."""

    task_id: UUID


@job(PassDeadline, queue="pass_deadline", max_attempts=1000)
async def pass_deadline(body: PassDeadline, context: JobContext) -> None:
    """Stop submissions to the task. Running twice, or after the owner closed it, changes nothing."""
    async with context.database.transaction() as unit:
        await stop_submissions(unit, body.task_id)
    if __debug__:
        failpoint("after_deadline_before_its_timer_is_done")


async def stop_submissions(unit: UnitOfWork, task_id: UUID) -> None:
    """Open to evaluating, because the deadline has passed; anything else is left as it is."""
    task = await repository.lock(unit.session, task_id)
    if task is not None and task.status == TaskStatus.OPEN and task.deadline <= unit.now:
        task.move_to(TaskStatus.EVALUATING)
        unit.emit(TaskDeadlinePassed(task=task.snapshot()))
