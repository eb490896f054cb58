"""All SQL about the projections of tasks and submissions."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_kit.database import projections
from joust_wallet.entries.models import KnownSubmission, KnownTask


async def take_newer(session: AsyncSession, row: KnownTask | KnownSubmission) -> bool:
    """Store ``row`` unless a version as new is known; tells whether it was stored."""
    return await projections.take_newer(session, type(row), row.model_dump())


async def task_version(session: AsyncSession, task_id: UUID) -> int | None:
    """The newest version of a task that is known."""
    known = select(col(KnownTask.version)).where(col(KnownTask.id) == task_id)
    version: int | None = await session.scalar(known)
    return version


async def submission_version(session: AsyncSession, submission_id: UUID) -> int | None:
    """The newest version of a submission that is known."""
    known = select(col(KnownSubmission.version)).where(col(KnownSubmission.id) == submission_id)
    version: int | None = await session.scalar(known)
    return version


async def find_task(session: AsyncSession, task_id: UUID) -> KnownTask | None:
    """The task as it was last told."""
    return await session.get(KnownTask, task_id, populate_existing=True)


async def find_submitter(session: AsyncSession, task_id: UUID, agent_id: UUID) -> UUID | None:
    """The account of an agent that handed something in to a task; ``None`` if it did not."""
    account = select(col(KnownSubmission.account_id)).where(
        col(KnownSubmission.task_id) == task_id,
        col(KnownSubmission.agent_id) == agent_id,
        col(KnownSubmission.handed_in),
    )
    account_id: UUID | None = await session.scalar(account.order_by(col(KnownSubmission.id)).limit(1))
    return account_id
