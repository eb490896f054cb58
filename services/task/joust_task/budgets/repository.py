"""All SQL about budgets."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_task.budgets.models import Budget


async def find(session: AsyncSession, task_id: UUID) -> Budget | None:
    """The task's budget as it is."""
    return await session.get(Budget, task_id)


async def lock(session: AsyncSession, task_id: UUID) -> Budget | None:
    """The task's budget, which nobody else can change until the transaction ends. Lock the task first."""
    return await session.get(Budget, task_id, with_for_update=True)
