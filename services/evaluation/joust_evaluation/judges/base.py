"""What a judge is: it reads a submission against a rubric and scores each criterion."""

from dataclasses import dataclass
from typing import Protocol

from joust_contracts.events.evaluations import BuildCheck, Finding, Panel, Quotation, Usage
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
class JudgeIdentity:
    """What of a judge decides how it judges; part of the version on every score."""

    judge: str
    """How judgements name it."""
    model: str | None = None
    prompt_version: str | None = None


@dataclass(frozen=True)
class CriterionScore:
    """A judge's opinion by one criterion."""

    score: float
    """0 to 100."""
    reasoning: str
    evidence: tuple[Quotation, ...] = ()
    """Passages that were found in the submission."""
    spread: float | None = None
    """Highest less lowest vote of a panel."""


@dataclass(frozen=True)
class Vote:
    """What one model was asked for and gave, for the record."""

    model: str
    seconds: float
    scores: tuple[float, ...] = ()
    """One for each criterion; none if it failed."""
    usage: Usage | None = None
    failure: str | None = None


@dataclass(frozen=True)
class Prompt:
    """The words that a language model was given, exactly."""

    instructions: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """A judge's opinion by all criteria."""

    scores: tuple[CriterionScore, ...]
    """One for each criterion, in the order of the request."""
    reasoning: str
    judge: str
    """Which judge spoke, e.g. ``offline`` or ``openai:gpt-…``."""
    findings: tuple[Finding, ...] = ()
    usage: Usage | None = None
    panel: Panel | None = None
    prompt: Prompt | None = None
    votes: tuple[Vote, ...] = ()


class Judge(Protocol):
    """Scores submissions. It does not execute them, and believes nothing that they say about themselves."""

    @property
    def identity(self) -> JudgeIdentity:
        """What of it stands on every score."""
        ...

    async def judge(self, request: JudgeRequest) -> Verdict:
        """Score every criterion. Raises ``JudgeUnavailable``."""
        ...
