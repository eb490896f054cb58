"""Puts the service together from its real parts."""

from joust_contracts.services import ServiceName
from joust_kit.service import Service
from joust_task.base import KIT
from joust_task.settings import TaskSettings
from joust_task.snapshots import AGGREGATES
from joust_task.subscriptions import SUBSCRIPTIONS
from joust_task.tasks.endpoints import router
from joust_task.tasks.timers import pass_deadline


def create_service(settings: TaskSettings | None = None) -> Service:
    """The task service; settings come from the environment unless given."""
    return Service(
        name=ServiceName.TASK,
        description="Posted work, its criteria and its life from draft to closed.",
        settings=settings or TaskSettings(),
        tables=KIT,
        routers=[router],
        subscriptions=SUBSCRIPTIONS,
        aggregates=AGGREGATES,
        jobs=[pass_deadline],
    )
