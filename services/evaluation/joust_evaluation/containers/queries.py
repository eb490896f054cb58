"""Who may read what a container wrote: the owner of its image, and nobody else."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_evaluation.containers.errors import NoLog
from joust_evaluation.evaluations import repository as evaluations
from joust_evaluation.queue import repository as queue
from joust_kit.identity import Actor


async def find_own(session: AsyncSession, actor: Actor, submission_id: UUID, iteration: int | None) -> UUID:
    """The evaluation of an iteration of a submission to the actor's own task. Raises ``NoLog``."""
    if iteration is None:
        evaluation = await queue.find_newest(session, submission_id)
    else:
        evaluation = await evaluations.find_iteration(session, submission_id, iteration)
    if evaluation is None or evaluation.task_owner_id != actor.account_id:
        raise NoLog()
    return evaluation.id
