"""What the service has open while it runs, with its types."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from joust_kit.database.database import Database
from joust_kit.multipart import PartStorage
from joust_kit.storage import Storage
from joust_kit.turns import OneAtATime
from joust_submission.settings import SubmissionSettings
from joust_submission.workspace.files.storing import Removals


@dataclass(frozen=True)
class Resources:
    """Parts that use cases need beside their transaction."""

    settings: SubmissionSettings
    database: Database
    """For reads that must not open the request's transaction, e.g. before a slow upload."""
    storage: Storage
    parts: PartStorage
    """Uploads in parts to the same storage."""
    removals: Removals
    """Objects of workspaces that are to go."""
    drafts_at_hand: OneAtATime = field(default_factory=OneAtATime)
    """Those whose files are looked at in storage: a client that is out of patience comes again meanwhile."""


async def _resources_of(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


OpenResources = Annotated[Resources, Depends(_resources_of)]
"""The running service's resources, for endpoints."""
