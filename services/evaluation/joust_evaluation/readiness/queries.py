"""What may be read of readiness, and by whom."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.readiness import ReadinessView
from joust_contracts.vocabulary import TaskStatus
from joust_evaluation.judges.base import JudgeIdentity
from joust_evaluation.readiness import repository
from joust_evaluation.readiness.errors import NotChecked, NotTheOwner, TaskNotFound
from joust_evaluation.tasks.models import KnownTask
from joust_kit.identity import Actor


async def find_own_task(session: AsyncSession, actor: Actor, task_id: UUID) -> KnownTask:
    """The actor's own task. Raises ``TaskNotFound`` or ``NotTheOwner``."""
    task = await session.get(KnownTask, task_id)
    owns = task is not None and task.owner_id == actor.account_id
    if task is None or (task.status is TaskStatus.DRAFT and not owns):
        raise TaskNotFound()
    if not owns:
        raise NotTheOwner()
    return task


async def get_readiness(
    session: AsyncSession, actor: Actor, task_id: UUID, identity: JudgeIdentity
) -> ReadinessView:
    """The newest check of the actor's task. Raises ``TaskNotFound``, ``NotTheOwner`` or ``NotChecked``."""
    task = await find_own_task(session, actor, task_id)
    check = await repository.find(session, task_id)
    if check is None:
        raise NotChecked()
    return check.view(task, identity)
