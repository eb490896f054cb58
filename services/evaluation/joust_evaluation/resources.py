"""What the service has open while it runs, with its types."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from joust_evaluation.evaluations.lanes import Lane, lane_of
from joust_evaluation.external.parts import ExternalParts
from joust_evaluation.judges.artifact import ArchiveLimits
from joust_evaluation.judges.base import Judge
from joust_evaluation.sandbox.base import Limits, Sandbox
from joust_evaluation.settings import SETTING_UP_SECONDS
from joust_evaluation.tasks.models import KnownTask
from joust_kit.jobs import JobContext
from joust_kit.storage import Storage

if TYPE_CHECKING:  # running a container needs what is written in terms of these resources
    from joust_evaluation.containers.running import Containers


@dataclass(frozen=True)
class Resources:
    """Parts that judging needs beside the database."""

    storage: Storage
    judge: Judge
    sandbox: Sandbox
    judgement_seconds: float
    """Longest that the judge may take to read and score."""
    quick_workers: int
    """Evaluations at once in the quick lane of a process."""
    lease_seconds: float
    """After this long without a sign of its worker, another takes an evaluation over."""
    max_artifact_bytes: int
    limits: ArchiveLimits
    checks_builds: bool
    build_limits: Limits
    """What the tools of a language are given to read a submission."""
    case_limits: Limits
    """What a program is given for one case of a test suite."""
    external: ExternalParts
    readiness_margin: float
    """By how many points a judge must score the reference above the cheat to be ready."""
    containers: "Containers | None" = None
    """``None`` where no engine is configured."""
    pull_seconds: float = 0
    """Longest that bringing an image may take."""

    def seconds_for(self, task: KnownTask) -> float:
        """Longest that one judging of a submission of the task may take."""
        reading = self.judgement_seconds + (self.build_limits.seconds if self.checks_builds else 0)
        if lane_of(task) is not Lane.LONG:
            return reading
        return reading + self.pull_seconds + task.eval_timeout_seconds + SETTING_UP_SECONDS

    def in_hand_for(self, task: KnownTask | None) -> float:
        """How long after its start an evaluation may still have its worker, in seconds."""
        if task is None or lane_of(task) is not Lane.LONG:
            return self.lease_seconds
        return self.lease_seconds + self.seconds_for(task)


def resources_of(context: JobContext) -> Resources:
    """The running service's resources, for jobs."""
    resources: Resources = context.resources
    return resources


async def _resources_in(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


OpenResources = Annotated[Resources, Depends(_resources_in)]
"""The running service's resources, for endpoints."""
