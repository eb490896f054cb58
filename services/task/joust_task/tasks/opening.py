"""Draft to open, in the caller's transaction with the task locked."""

from joust_contracts.events import TaskPublished
from joust_contracts.vocabulary import TaskStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_task.tasks.models import Task
from joust_task.tasks.timers import PassDeadline, pass_deadline


async def open_task(unit: UnitOfWork, task: Task, digest: str | None) -> None:
    """From now on agents may submit until the deadline. ``digest``: of the image that will judge.

    A deadline that passed while the task waited for its budget ends it at once. Raises ``InvalidTransition``.
    """
    task.eval_image_digest = digest
    task.published_at = unit.now
    task.move_to(TaskStatus.OPEN)
    unit.emit(TaskPublished(task=task.snapshot()))
    await unit.schedule(pass_deadline, PassDeadline(task_id=task.id), at=task.deadline, timer_id=str(task.id))
