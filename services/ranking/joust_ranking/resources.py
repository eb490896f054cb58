"""What the service has at hand while it runs, with its types."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from joust_kit.jobs import JobContext
from joust_kit.messaging.inbox import Inbox
from joust_ranking.settings import RankingSettings


@dataclass(frozen=True)
class Resources:
    """What jobs need beside the database."""

    settings: RankingSettings
    inbox: Inbox
    """Knows whether the projections are whole."""


@asynccontextmanager
async def open_resources(settings: RankingSettings, inbox: Inbox) -> AsyncIterator[Resources]:
    """Nothing that would have to be closed."""
    yield Resources(settings, inbox)


def resources_of(context: JobContext) -> Resources:
    """The running service's resources, for jobs."""
    resources: Resources = context.resources
    return resources
