"""Publishing a task, for every dialect: what the task service has to know of it is looked up first.

An image that will judge is pinned to its content. Of a draft with samples its judge must have been tried.
"""

from uuid import UUID

from joust_contracts.internal.common import ErrorCode
from joust_contracts.internal.evaluations import PinImage
from joust_contracts.internal.readiness import ReadinessStatus, ReadinessView
from joust_contracts.internal.tasks import PublishTask, TaskView
from joust_contracts.refusals.readiness import JUDGE_NOT_READY
from joust_gateway.clients.call import Call
from joust_gateway.clients.services import Services
from joust_kit.errors import Conflict, JoustError, NotFound


class JudgeNotReady(Conflict, says=JUDGE_NOT_READY):
    """The newest check says so; ``details`` say why."""


async def publish(call: Call, task_id: UUID, services: Services) -> TaskView:
    """Draft to open. Raises what the task service and, about image and judge, the evaluation service refuse
    with.

    The task service is asked first: it knows whose task it is and whether anything needs to be looked up.
    """
    looked_up, asked_for = PublishTask(), set[ErrorCode]()
    while True:
        try:
            return await services.tasks.publish(call, task_id, looked_up)
        except JoustError as refusal:
            if refusal.code in asked_for:  # it was changed since it was looked up
                raise
            looked_up = await _with_what_is_missing(call, task_id, looked_up, refusal, services)
            asked_for.add(refusal.code)


async def _with_what_is_missing(
    call: Call, task_id: UUID, looked_up: PublishTask, refusal: JoustError, services: Services
) -> PublishTask:
    """Raises the refusal if nothing can be looked up about it."""
    if refusal.code is ErrorCode.EVAL_IMAGE_NOT_PINNED:
        wanted = PinImage.model_validate(
            {"image": refusal.details["eval_image"], "with_network": refusal.details["eval_network"]}
        )
        found = await services.evaluations.pin_image(call, wanted)
        image = {
            "eval_image": found.image,
            "eval_network": wanted.with_network,
            "eval_image_digest": found.pin,
        }
        return looked_up.model_copy(update=image)
    if refusal.code is ErrorCode.JUDGE_NOT_READY and isinstance(
        version := refusal.details.get("task_version"), int
    ):
        ready = await _ready(call, task_id, version, services)
        judge = {"ready_version": ready.task_version, "ready_image_digest": ready.image_digest}
        return looked_up.model_copy(update=judge)
    raise refusal


async def _ready(call: Call, task_id: UUID, version: int, services: Services) -> ReadinessView:
    """The check that shows the judge to be ready. Raises ``JudgeNotReady``, which tells of the newest."""
    try:
        check = await services.readiness.get(call, task_id, version)
    except NotFound as error:
        raise JudgeNotReady(status=None) from error
    if check.status is not ReadinessStatus.READY or check.is_stale:
        raise JudgeNotReady(status=check.status.value, is_stale=check.is_stale, reason=check.reason)
    return check
