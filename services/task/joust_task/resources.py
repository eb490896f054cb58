"""What the service has open while it runs, with its types."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from joust_kit.database.database import Database
from joust_kit.storage import Storage
from joust_task.settings import TaskSettings


@dataclass(frozen=True)
class Resources:
    """Parts that use cases need beside their transaction."""

    settings: TaskSettings
    database: Database
    """For what comes before and after a slow upload, which no transaction waits for."""
    storage: Storage


async def _resources_of(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


OpenResources = Annotated[Resources, Depends(_resources_of)]
"""The running service's resources, for endpoints."""
