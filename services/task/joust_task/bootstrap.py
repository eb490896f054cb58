"""Puts the service together from its real parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from joust_contracts.services import ServiceName
from joust_kit.service import Runtime, Service
from joust_kit.storage import ObjectStorage
from joust_task.base import KIT
from joust_task.competitors.models import Competitor, CompetitorCount
from joust_task.resources import Resources
from joust_task.search import endpoints as search
from joust_task.settings import TaskSettings
from joust_task.snapshots import AGGREGATES
from joust_task.subscriptions import SUBSCRIPTIONS
from joust_task.tasks import endpoints as tasks
from joust_task.tasks.timers import pass_deadline
from joust_task.test_suites import endpoints as test_suites


def create_service(settings: TaskSettings | None = None) -> Service:
    """The task service; settings come from the environment unless given."""
    chosen = settings or TaskSettings()
    storage = ObjectStorage(chosen)

    @asynccontextmanager
    async def open_resources(runtime: Runtime) -> AsyncIterator[Resources]:
        async with storage:
            yield Resources(chosen, runtime.database, storage)

    return Service(
        name=ServiceName.TASK,
        description="Posted work, its criteria and its life from draft to closed.",
        settings=chosen,
        tables=KIT,
        routers=[tasks.router, test_suites.router, search.router],
        subscriptions=SUBSCRIPTIONS,
        aggregates=AGGREGATES,
        jobs=[pass_deadline],
        open_resources=open_resources,
        projections=[str(Competitor.__tablename__), str(CompetitorCount.__tablename__)],
        checks={"storage": storage.ping},
    )
