"""Publishing a task, for every dialect: an image that will judge is pinned to its content first."""

from uuid import UUID

from joust_contracts.internal.common import ErrorCode
from joust_contracts.internal.evaluations import PinImage
from joust_contracts.internal.tasks import PublishTask, TaskView
from joust_gateway.clients.call import Call
from joust_gateway.clients.services import Services
from joust_kit.errors import JoustError


async def publish(call: Call, task_id: UUID, services: Services) -> TaskView:
    """Draft to open. Raises what the task service and, about an image, the evaluation service refuse with.

    The task service is asked first: it knows whose task it is and whether anything needs to be looked up.
    """
    try:
        return await services.tasks.publish(call, task_id, PublishTask())
    except JoustError as refusal:
        if refusal.code is not ErrorCode.EVAL_IMAGE_NOT_PINNED:
            raise
        wanted = PinImage.model_validate(
            {"image": refusal.details["eval_image"], "with_network": refusal.details["eval_network"]}
        )
    found = await services.evaluations.pin_image(call, wanted)
    looked_up = PublishTask(
        eval_image=found.image, eval_network=wanted.with_network, eval_image_digest=found.pin
    )
    return await services.tasks.publish(call, task_id, looked_up)
