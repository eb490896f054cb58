"""All SQL about tasks."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.internal.tasks import TaskFilter
from joust_kit.paging import Cursor
from joust_task.tasks.models import Task


async def find(session: AsyncSession, task_id: UUID) -> Task | None:
    """The task as it is."""
    return await session.get(Task, task_id)


async def lock(session: AsyncSession, task_id: UUID) -> Task | None:
    """The task, which nobody else can change until the transaction ends."""
    return await session.get(Task, task_id, with_for_update=True)


async def list_open(session: AsyncSession, wanted: TaskFilter, now: datetime) -> list[Task]:
    """Open tasks whose deadline is to come, newest first; one more than ``wanted.limit`` if there is one."""
    # The status as a literal: with a parameter a generic plan could not use the indexes of open tasks.
    query = select(Task).where(text("tasks.status = 'open'"), col(Task.deadline) > now)
    if wanted.category is not None:
        query = query.where(col(Task.category) == wanted.category)
    if wanted.eval_mode is not None:
        query = query.where(col(Task.eval_mode) == wanted.eval_mode)
    if (after := Cursor.decode(wanted.cursor)) is not None:
        query = query.where(tuple_(col(Task.created_at), col(Task.id)) < tuple_(after.moment, after.id))
    newest_first = query.order_by(col(Task.created_at).desc(), col(Task.id).desc())
    return list(await session.scalars(newest_first.limit(wanted.limit + 1)))


async def file_keys(session: AsyncSession, task_ids: Collection[UUID] | None = None) -> set[str]:
    """Where the test suites and the samples of the tasks lie, or of all tasks."""
    files = (col(Task.test_suite), col(Task.reference_sample), col(Task.cheat_sample))
    query = select(*(file["key"].astext for file in files))
    if task_ids is not None:
        query = query.where(col(Task.id).in_(task_ids))
    return {key for row in await session.execute(query) for key in row if key is not None}
