"""What can be done about readiness. Each runs in the caller's transaction, which the edge commits."""

from uuid import UUID

from joust_contracts.internal.readiness import ReadinessStatus, ReadinessView
from joust_evaluation.queue.repository import draw_turn
from joust_evaluation.queue.rules import delay_of_turn
from joust_evaluation.readiness import repository
from joust_evaluation.readiness.jobs import CheckReadiness, check_readiness
from joust_evaluation.readiness.queries import find_own_task, get_readiness
from joust_evaluation.readiness.rules import check_can_be_tried, content_hash
from joust_evaluation.resources import Resources
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor


async def request_check(unit: UnitOfWork, actor: Actor, task_id: UUID, resources: Resources) -> ReadinessView:
    """Have the judge of the actor's draft tried on its samples, unless that goes on already.

    Checks of an account take turns with those of others, as its evaluations do. Raises ``TaskNotFound``,
    ``NotTheOwner``, ``TaskNotDraft``, ``NotJudgedHere`` or ``SamplesMissing``.
    """
    task = await find_own_task(unit.session, actor, task_id)
    check_can_be_tried(task.status, task.eval_mode, task.samples())
    check_id = unit.new_id()
    begun = await repository.begin(
        unit.session,
        {
            "task_id": task_id,
            "check_id": check_id,
            "content_hash": content_hash(task, resources.judge.identity),
            "status": ReadinessStatus.PENDING,
            "attempt": 0,
            "reference_score": None,
            "cheat_score": None,
            "margin": resources.readiness_margin,
            "reason": None,
            "image_digest": None,
            "requested_at": unit.now,
            "finished_at": None,
        },
    )
    if begun is None:
        return await get_readiness(unit.session, actor, task_id, resources.judge.identity)
    turn = await draw_turn(unit.session, actor.account_id, task_id, unit.now)
    await unit.schedule(
        check_readiness,
        CheckReadiness(task_id=task_id, check_id=check_id),
        timer_id=str(check_id),
        delay=delay_of_turn(turn, unit.now),
    )
    return begun.view(task, resources.judge.identity)
