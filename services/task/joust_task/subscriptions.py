"""What the task service listens to and what it tells."""

from joust_contracts.events import TaskClosed, TaskCreated, TaskDeadlinePassed, TaskPublished
from joust_contracts.services import ServiceName
from joust_kit.messaging.subscriptions import Subscriptions
from joust_task.tasks.handlers import close_task_on_ranked

SUBSCRIPTIONS = Subscriptions(
    service=ServiceName.TASK,
    handlers=(close_task_on_ranked,),
    emits=(TaskCreated, TaskPublished, TaskDeadlinePassed, TaskClosed),
)
