"""What the service has open while it runs, with its types."""

from dataclasses import dataclass

from joust_evaluation.judges.artifact import ArchiveLimits
from joust_evaluation.judges.base import Judge
from joust_kit.jobs import JobContext
from joust_kit.storage import Storage


@dataclass(frozen=True)
class Resources:
    """Parts that judging needs beside the database."""

    storage: Storage
    judge: Judge
    judgement_seconds: float
    """Longest that the judge may take."""
    lease_seconds: float
    """How long a worker that began may be at it."""
    max_artifact_bytes: int
    limits: ArchiveLimits


def resources_of(context: JobContext) -> Resources:
    """The running service's resources, for jobs."""
    resources: Resources = context.resources
    return resources
