"""What may be read of tasks, and by whom."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.common import Page
from joust_contracts.internal.tasks import PublicTask, TaskFilter, TaskSummary, TaskView
from joust_contracts.vocabulary import TaskStatus
from joust_kit.identity import Actor
from joust_kit.paging import Cursor, cut_page
from joust_task.competitors import repository as competitors
from joust_task.tasks import repository
from joust_task.tasks.errors import NotTheOwner, TaskNotFound


async def get_task(session: AsyncSession, actor: Actor, task_id: UUID) -> TaskView:
    """A task that the actor may see; drafts are seen by their owner alone. Raises ``TaskNotFound``."""
    task = await repository.find(session, task_id)
    if task is None or (task.status == TaskStatus.DRAFT and task.owner_id != actor.account_id):
        raise TaskNotFound()
    return task.snapshot()


async def get_own(session: AsyncSession, actor: Actor, task_id: UUID) -> TaskView:
    """The actor's own task. Raises ``TaskNotFound`` or ``NotTheOwner``."""
    task = await get_task(session, actor, task_id)
    if task.owner_id != actor.account_id:
        raise NotTheOwner()
    return task


async def list_open_tasks(session: AsyncSession, wanted: TaskFilter, now: datetime) -> Page[TaskSummary]:
    """One page of the tasks that take submissions."""
    rows = await repository.list_open(session, wanted, now)
    page, cursor = cut_page(rows, wanted.limit, lambda task: Cursor(task.created_at, task.id))
    return Page(data=tuple(TaskSummary(**task.model_dump()) for task in page), next_cursor=cursor)


async def list_public_tasks(session: AsyncSession, wanted: TaskFilter, now: datetime) -> Page[PublicTask]:
    """One page of the tasks that take submissions, with how many compete."""
    rows = await repository.list_open(session, wanted, now)
    page, cursor = cut_page(rows, wanted.limit, lambda task: Cursor(task.created_at, task.id))
    counts = await competitors.counts(session, [task.id for task in page])
    data = tuple(PublicTask(competitor_count=counts.get(task.id, 0), **task.model_dump()) for task in page)
    return Page(data=data, next_cursor=cursor)
