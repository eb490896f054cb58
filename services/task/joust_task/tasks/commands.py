"""What can be done to a task. Each runs in the caller's transaction, which the edge commits."""

from datetime import timedelta
from uuid import UUID

from joust_contracts.events import TaskClosed, TaskCreated, TaskPublished
from joust_contracts.internal.tasks import CreateTask
from joust_contracts.vocabulary import TaskStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_task.settings import TaskSettings
from joust_task.tasks import repository
from joust_task.tasks.errors import NotTheOwner, TaskNotFound
from joust_task.tasks.models import Task
from joust_task.tasks.rules import check_deadline, check_new_task, check_weights
from joust_task.tasks.timers import PassDeadline, pass_deadline


async def create_task(unit: UnitOfWork, actor: Actor, wanted: CreateTask, settings: TaskSettings) -> Task:
    """Make a draft. Raises ``EvalModeUnavailable``, ``InvalidWeights`` or ``DeadlineTooSoon``."""
    shortest = timedelta(seconds=settings.min_deadline_seconds)
    check_new_task(wanted, unit.now, shortest, settings.eval_modes)
    task = Task(
        id=unit.new_id(),
        owner_id=actor.account_id,
        status=TaskStatus.DRAFT,
        criteria=[criterion.model_dump() for criterion in wanted.criteria],
        created_at=unit.now,
        **wanted.model_dump(exclude={"criteria"}),
    )
    unit.session.add(task)
    unit.emit(TaskCreated(task=task.snapshot()))
    return task


async def publish_task(unit: UnitOfWork, actor: Actor, task_id: UUID) -> Task:
    """Draft to open; from now on agents may submit until the deadline.

    Raises ``TaskNotFound``, ``NotTheOwner``, ``InvalidTransition``, ``InvalidWeights`` or
    ``DeadlineTooSoon`` (the draft may have lain for long).
    """
    task = await _lock_own(unit, actor, task_id)
    check_weights([criterion["weight"] for criterion in task.criteria])
    check_deadline(task.deadline, unit.now, timedelta())
    task.published_at = unit.now
    task.move_to(TaskStatus.OPEN)
    unit.emit(TaskPublished(task=task.snapshot()))
    await unit.schedule(pass_deadline, PassDeadline(task_id=task.id), at=task.deadline, timer_id=str(task.id))
    return task


async def close_task(unit: UnitOfWork, actor: Actor, task_id: UUID) -> Task:
    """End the task at its owner's wish. Raises ``TaskNotFound``, ``NotTheOwner`` or ``InvalidTransition``."""
    task = await _lock_own(unit, actor, task_id)
    _close(unit, task)
    await unit.cancel(pass_deadline, str(task.id))
    return task


async def close_ranked_task(unit: UnitOfWork, task_id: UUID) -> None:
    """End the task once its final ranks are known; one that its owner closed is left as it is."""
    task = await repository.lock(unit.session, task_id)
    if task is not None and task.status == TaskStatus.EVALUATING:
        _close(unit, task)


def _close(unit: UnitOfWork, task: Task) -> None:
    task.closed_at = unit.now
    task.move_to(TaskStatus.CLOSED)
    unit.emit(TaskClosed(task=task.snapshot()))


async def _lock_own(unit: UnitOfWork, actor: Actor, task_id: UUID) -> Task:
    task = await repository.lock(unit.session, task_id)
    if task is None or (task.status == TaskStatus.DRAFT and task.owner_id != actor.account_id):
        raise TaskNotFound()
    if task.owner_id != actor.account_id:
        raise NotTheOwner()
    return task
