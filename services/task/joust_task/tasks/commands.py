"""What can be done to a task. Each runs in the caller's transaction, which the edge commits."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from joust_contracts.events import TaskClosed, TaskCreated, TaskUpdated
from joust_contracts.events.rankings import RankedEntry
from joust_contracts.internal.tasks import CreateTask, PublishTask, ReplaceRubric, UpdateTask
from joust_contracts.vocabulary import TaskStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_task.budgets.commands import ask_for_budget, begin_review
from joust_task.budgets.rules import check_shares
from joust_task.budgets.settling import take_ranks
from joust_task.settings import TaskSettings
from joust_task.tasks import repository
from joust_task.tasks.errors import NotTheOwner, TaskNotFound
from joust_task.tasks.models import Task
from joust_task.tasks.opening import open_task
from joust_task.tasks.rules import (
    check_can_be_judged,
    check_deadline,
    check_evaluation,
    check_fits_into_an_event,
    check_image,
    check_is_draft,
    check_new_task,
    check_ready,
    check_rubric,
    check_suite_can_be_run,
    check_transition,
    check_weights,
    in_milliseconds,
    needs_image,
)
from joust_task.tasks.timers import pass_deadline


async def create_task(unit: UnitOfWork, actor: Actor, wanted: CreateTask, settings: TaskSettings) -> Task:
    """Make a draft. Raises ``InvalidWeights``, ``DeadlineTooSoon`` or ``Invalid``."""
    check_new_task(wanted, unit.now, settings.min_time_to_deadline, insecure=settings.allow_insecure_targets)
    check_shares(escrow=wanted.escrow, shares=wanted.shares)
    task = Task(
        id=unit.new_id(),
        owner_id=actor.account_id,
        status=TaskStatus.DRAFT,
        criteria=[criterion.model_dump() for criterion in wanted.criteria],
        created_at=in_milliseconds(unit.now),
        **wanted.model_dump(exclude={"criteria"}),
    )
    unit.session.add(task)
    unit.emit(TaskCreated(task=task.snapshot()))
    return task


async def update_task(
    unit: UnitOfWork, actor: Actor, task_id: UUID, wanted: UpdateTask, settings: TaskSettings
) -> Task:
    """Change the fields of a draft that came.

    Raises ``TaskNotFound``, ``NotTheOwner``, ``TaskNotDraft``, ``InvalidWeights``, ``DeadlineTooSoon`` or
    ``Invalid``.
    """
    task = await lock_own(unit, actor, task_id)
    check_is_draft(task.status)
    if not (changes := wanted.changes()):
        return task
    task.edit(changes)
    check_weights([task.test_weight, task.llm_weight])
    check_shares(escrow=task.escrow, shares=task.shares)
    check_evaluation(
        task.eval_mode, task.eval_image, task.eval_callback_url, insecure=settings.allow_insecure_targets
    )
    if "deadline" in changes:
        check_deadline(task.deadline, unit.now, settings.min_time_to_deadline)
    tell_edit(unit, task)
    return task


async def replace_rubric(unit: UnitOfWork, actor: Actor, task_id: UUID, wanted: ReplaceRubric) -> Task:
    """Give a draft other criteria, all at once.

    Raises ``TaskNotFound``, ``NotTheOwner``, ``TaskNotDraft``, ``InvalidWeights`` or ``Invalid``.
    """
    check_rubric(wanted.criteria)
    task = await lock_own(unit, actor, task_id)
    task.edit({"criteria": [criterion.model_dump() for criterion in wanted.criteria]})
    tell_edit(unit, task)
    return task


def tell_edit(unit: UnitOfWork, task: Task) -> None:
    """Tell of a changed draft. Raises ``Invalid`` if it has become too large to be told of."""
    snapshot = task.snapshot()
    check_fits_into_an_event(len(snapshot.model_dump_json().encode()))
    unit.emit(TaskUpdated(task=snapshot))


async def publish_task(
    unit: UnitOfWork, actor: Actor, task_id: UUID, looked_up: PublishTask, settings: TaskSettings
) -> Task:
    """Draft to open; from now on agents may submit until the deadline.

    With escrow the task stays a draft until the wallet holds its budget, and can't be changed meanwhile.
    Raises ``TaskNotFound``, ``NotTheOwner``, ``InvalidTransition``, ``EvalModeUnavailable``,
    ``TestSuitesUnavailable``, ``ImageNotPinned``, ``JudgeNotReady``, ``InvalidWeights`` or
    ``DeadlineTooSoon`` (the draft may have lain for long).
    """
    task = await lock_own(unit, actor, task_id)
    check_transition(task.status, TaskStatus.OPEN)
    check_can_be_judged(task.eval_mode, settings.eval_modes)
    check_image(task.eval_mode, task.eval_image, looked_up, with_network=task.eval_network)
    check_suite_can_be_run(has_suite=task.test_suite is not None, runs_suites=settings.test_suites)
    check_weights([criterion["weight"] for criterion in task.criteria])
    check_deadline(task.deadline, unit.now, timedelta())
    check_ready(task.snapshot(), looked_up)
    digest = looked_up.eval_image_digest if needs_image(task.eval_mode) else None
    if task.escrow:
        await ask_for_budget(unit, actor, task, digest, settings.escrow_review_window)
    else:
        await open_task(unit, task, digest)
    return task


async def close_task(unit: UnitOfWork, actor: Actor, task_id: UUID) -> Task:
    """End the task at its owner's wish. Raises ``TaskNotFound``, ``NotTheOwner`` or ``InvalidTransition``."""
    task = await lock_own(unit, actor, task_id)
    await _close(unit, task)
    await unit.cancel(pass_deadline, str(task.id))
    return task


async def close_ranked_task(
    unit: UnitOfWork, task_id: UUID, version: int, ranks: Sequence[RankedEntry]
) -> None:
    """End the task once its final ranks are known; one that its owner closed is left as it is.

    By ``ranks``, the best of them, the budget of a task with escrow is paid; the higher ``version`` counts.
    """
    task = await repository.lock(unit.session, task_id)
    if task is None:
        return
    if task.status == TaskStatus.EVALUATING:
        await _close(unit, task)
    if task.escrow:
        await take_ranks(unit, task, version, ranks)


async def _close(unit: UnitOfWork, task: Task) -> None:
    task.closed_at = unit.now
    task.move_to(TaskStatus.CLOSED)
    unit.emit(TaskClosed(task=task.snapshot()))
    if task.escrow:
        await begin_review(unit, task)


async def lock_own(unit: UnitOfWork, actor: Actor, task_id: UUID) -> Task:
    """The actor's own task, locked. Raises ``TaskNotFound`` or ``NotTheOwner``."""
    task = await repository.lock(unit.session, task_id)
    if task is None or (task.status == TaskStatus.DRAFT and task.owner_id != actor.account_id):
        raise TaskNotFound()
    if task.owner_id != actor.account_id:
        raise NotTheOwner()
    return task
