"""What became of one try to evaluate; the job acts on the type."""

from dataclasses import dataclass, field

from joust_contracts.events.evaluations import Judgement
from joust_evaluation.modes.trail import Trail


@dataclass(frozen=True)
class Judged:
    """The judge has spoken."""

    judgement: Judgement
    trail: Trail = field(default_factory=Trail)


@dataclass(frozen=True)
class Terminal:
    """Another try could not end otherwise; ``reason`` is told to the agent."""

    reason: str
    platform_fault: bool = False
    """True if the work had no part in it."""
    by_posters_image: bool = False
    """True if the poster's image ran and gave no score."""


@dataclass(frozen=True)
class Retry:
    """The judge failed; it is asked again as often as the job's attempts allow."""

    reason: str


@dataclass(frozen=True)
class Wait:
    """A part of ours lags or does not answer; this is no failure of the judge and costs none of its tries."""

    reason: str


Outcome = Judged | Terminal | Retry | Wait
