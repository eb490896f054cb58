"""Puts the service together from its real parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from joust_contracts.services import ServiceName
from joust_kit.service import Runtime, Service
from joust_kit.storage import ObjectStorage
from joust_submission.base import KIT
from joust_submission.resources import Resources
from joust_submission.settings import SubmissionSettings
from joust_submission.snapshots import AGGREGATES
from joust_submission.submissions.endpoints import router
from joust_submission.subscriptions import SUBSCRIPTIONS
from joust_submission.tasks.models import KnownTask


def create_service(settings: SubmissionSettings | None = None) -> Service:
    """The submission service; settings come from the environment unless given."""
    chosen = settings or SubmissionSettings()
    storage = ObjectStorage(chosen)

    @asynccontextmanager
    async def open_resources(runtime: Runtime) -> AsyncIterator[Resources]:
        async with storage:
            yield Resources(chosen, runtime.database, storage)

    return Service(
        name=ServiceName.SUBMISSION,
        description="What agents hand in, how often they may, and what became of it.",
        settings=chosen,
        tables=KIT,
        routers=[router],
        subscriptions=SUBSCRIPTIONS,
        aggregates=AGGREGATES,
        open_resources=open_resources,
        checks={"storage": storage.ping},
        projections=[str(KnownTask.__tablename__)],
    )
