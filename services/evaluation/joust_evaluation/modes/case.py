"""What a mode is given to judge, and how it says that it could not."""

from dataclasses import dataclass, field
from typing import BinaryIO
from uuid import UUID

from joust_evaluation.modes.trail import Trail
from joust_evaluation.tasks.models import KnownTask


@dataclass(frozen=True)
class Case:
    """One iteration of a submission, with its task and its artifact at hand."""

    evaluation_id: UUID
    submission_id: UUID
    iteration: int
    task: KnownTask
    artifact: BinaryIO
    """The packed artifact, which is the one that was handed in."""
    trail: Trail = field(default_factory=Trail)
    """What is kept beside the judgement."""
    keeps_output: bool = True
    """Whether what programs said is stored; not of a sample, which has no evaluation by which to find it."""


class NotJudged(Exception):
    """No judgement came about, and no later try could end otherwise.

    The message is told to the agent, so it says what happened and holds no secret.
    """

    def __init__(self, reason: str, *, platform_fault: bool) -> None:
        super().__init__(reason)
        self.platform_fault = platform_fault
        """True if the work had no part in it."""


class NoScore(NotJudged):
    """The poster's image ran on the work and gave no score."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, platform_fault=True)
