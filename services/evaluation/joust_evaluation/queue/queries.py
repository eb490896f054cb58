"""What may be asked of the queue, and by whom."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.evaluations import QueueView
from joust_contracts.vocabulary import EvalMode
from joust_evaluation.evaluations.rules import is_finished
from joust_evaluation.queue import repository
from joust_evaluation.queue.errors import NotQueued
from joust_evaluation.queue.rules import expected_wait_seconds
from joust_kit.identity import Actor


async def get_place(
    session: AsyncSession, actor: Actor, submission_id: UUID, *, workers: int, now: datetime
) -> QueueView:
    """The place of a submission's newest evaluation, for its account and the task's owner.

    Raises ``NotQueued`` for others, and if nothing waits for a judge of ours.
    """
    evaluation = await repository.find_newest(session, submission_id)
    if evaluation is None or actor.account_id not in {evaluation.account_id, evaluation.task_owner_id}:
        raise NotQueued()
    if is_finished(evaluation.status) or evaluation.eval_mode is EvalMode.EXTERNAL:
        raise NotQueued()
    load = await repository.load_before(session, evaluation)
    began = evaluation.started_at or now
    wait = expected_wait_seconds(
        ahead=load.ahead,
        workers=workers,
        mean_seconds=load.mean_seconds,
        elapsed_seconds=(now - began).total_seconds(),
    )
    return QueueView(place=load.ahead + 1, ahead=load.ahead, expected_wait_seconds=wait)
