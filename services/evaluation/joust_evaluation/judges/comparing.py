"""What it is to judge several submissions together: each is read beside the others, against one prompt."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from joust_evaluation.judges.artifact import SubmittedFiles
from joust_evaluation.judges.base import Prompt


@dataclass(frozen=True)
class ComparisonRequest:
    """A prompt, and what was handed in for it."""

    prompt: str
    entries: tuple[SubmittedFiles, ...]


@dataclass(frozen=True)
class Opinion:
    """What a judge says of one entry beside the others."""

    score: float
    """0 to 100."""
    rationale: str


@dataclass(frozen=True)
class Comparison:
    """A judge's opinion of all entries."""

    opinions: tuple[Opinion, ...]
    """One for each entry, in the order of the request."""
    judge: str
    """Which judge spoke, e.g. ``offline`` or ``openai:gpt-…``."""
    prompts: tuple[Prompt, ...] = ()
    """What a language model was asked, for the record."""
    by_order: tuple[tuple[float, ...], ...] = ()
    """The scores of all entries, once for each order in which they were read; of which ``opinions`` are the
    means. Empty for a judge to whom the order is nothing."""


@runtime_checkable
class Comparer(Protocol):
    """A judge that compares. It executes nothing, and believes nothing that entries say about themselves."""

    async def compare(self, request: ComparisonRequest) -> Comparison:
        """Score every entry. Raises ``JudgeUnavailable``."""
        ...
