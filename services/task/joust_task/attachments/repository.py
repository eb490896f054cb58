"""All SQL about attachments."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_task.attachments.models import Attachment


async def of_task(session: AsyncSession, task_id: UUID) -> Sequence[Attachment]:
    """The task's attachments, oldest first."""
    query = select(Attachment).where(col(Attachment.task_id) == task_id)
    return (await session.scalars(query.order_by(col(Attachment.created_at), col(Attachment.id)))).all()


async def count(session: AsyncSession, task_id: UUID) -> int:
    """How many the task has; exact while the task is locked."""
    query = select(func.count()).select_from(Attachment).where(col(Attachment.task_id) == task_id)
    return await session.scalar(query) or 0


async def remove(session: AsyncSession, task_id: UUID, attachment_id: UUID) -> Attachment | None:
    """Delete the row; ``None`` if the task has no such attachment."""
    gone = delete(Attachment).where(col(Attachment.task_id) == task_id, col(Attachment.id) == attachment_id)
    return (await session.scalars(gone.returning(Attachment))).one_or_none()


async def all_keys(session: AsyncSession) -> set[str]:
    """Where all attachments lie."""
    return {str(each.key) for each in await session.scalars(select(Attachment))}


async def existing(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Which of the attachments exist."""
    return set(await session.scalars(select(col(Attachment.id)).where(col(Attachment.id).in_(ids))))
