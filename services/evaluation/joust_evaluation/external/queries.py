"""What the owner of a task may know of its external judging."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.external_judging import SIGNING_PURPOSE, TOKEN_PURPOSE, callback_token, signing_secret
from joust_contracts.internal.external_judging import JudgeView
from joust_contracts.vocabulary import EvalMode, TaskStatus
from joust_evaluation.external.errors import NotTheOwner, TaskNotFound, WrongEvalMode
from joust_evaluation.resources import Resources
from joust_evaluation.tasks.models import KnownTask
from joust_kit.identity import Actor


async def get_own_task(session: AsyncSession, actor: Actor, task_id: UUID) -> KnownTask:
    """The actor's task, if the actor's own judge judges it.

    Raises ``TaskNotFound``, ``NotTheOwner`` or ``WrongEvalMode``.
    """
    task = await session.get(KnownTask, task_id)
    owns = task is not None and task.owner_id == actor.account_id
    if task is None or (task.status is TaskStatus.DRAFT and not owns):
        raise TaskNotFound()
    if not owns:
        raise NotTheOwner()
    if task.eval_mode is not EvalMode.EXTERNAL:
        raise WrongEvalMode()
    return task


async def get_judge(session: AsyncSession, actor: Actor, task_id: UUID, resources: Resources) -> JudgeView:
    """What the judge of the actor's task needs. Raises as ``get_own_task``."""
    task = await get_own_task(session, actor, task_id)
    external = resources.external
    return JudgeView(
        task_id=task.id,
        eval_callback_url=task.eval_callback_url,
        callback_token=callback_token(external.secrets.derive(TOKEN_PURPOSE, task.id)),
        signing_secret=signing_secret(external.secrets.derive(SIGNING_PURPOSE, task.id)),
        lease_seconds=external.lease.total_seconds(),
        answer_within_seconds=external.deadline.total_seconds(),
    )
