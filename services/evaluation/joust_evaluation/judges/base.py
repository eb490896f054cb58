"""What a judge is: it reads a submission against a rubric and scores each criterion."""

from dataclasses import dataclass
from typing import Protocol

from joust_contracts.events.evaluations import BuildCheck
from joust_contracts.events.tasks import Criterion
from joust_evaluation.judges.artifact import SubmittedFiles


class JudgeUnavailable(Exception):
    """The judge could not speak this time; a later try may end otherwise.

    The message is told to the agent if all tries fail, so it says what happened and holds no secret.
    """


@dataclass(frozen=True)
class JudgeRequest:
    """A task with its rubric, and the files that were handed in for it."""

    title: str
    description: str
    input_spec: str
    output_spec: str
    criteria: tuple[Criterion, ...]
    files: SubmittedFiles
    build: BuildCheck | None = None
    """What the try to build the files showed; ``None`` if nobody tried."""


@dataclass(frozen=True)
class CriterionScore:
    """A judge's opinion by one criterion."""

    score: float
    """0 to 100."""
    reasoning: str


@dataclass(frozen=True)
class Verdict:
    """A judge's opinion by all criteria."""

    scores: tuple[CriterionScore, ...]
    """One for each criterion, in the order of the request."""
    reasoning: str
    judge: str
    """Which judge spoke, e.g. ``offline`` or ``openai:gpt-…``."""


class Judge(Protocol):
    """Scores submissions. It does not execute them, and believes nothing that they say about themselves."""

    @property
    def name(self) -> str:
        """How judgements name it."""
        ...

    async def judge(self, request: JudgeRequest) -> Verdict:
        """Score every criterion. Raises ``JudgeUnavailable``."""
        ...
