"""What is kept of a judging beside its result, so that it can be gone through later."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from joust_contracts.events.tasks import Criterion
from joust_contracts.internal.records import ReadFile, Step, VoteRecord
from joust_evaluation.judges.artifact import SubmittedFiles
from joust_evaluation.judges.base import Prompt, Verdict


@dataclass
class Trail:
    """Written by a mode as it goes."""

    rubric: tuple[Criterion, ...] = ()
    steps: list[Step] = field(default_factory=list)
    files: tuple[ReadFile, ...] = ()
    left_out: int = 0
    """Files that the judge was not shown for want of room."""
    votes: tuple[VoteRecord, ...] = ()
    prompt: Prompt | None = None

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Keep how long the block took, however it ends."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.steps.append(Step(name=name, seconds=round(time.monotonic() - began, 3)))

    def take_files(self, files: SubmittedFiles) -> None:
        """Keep what was read: of each text its hash, as far as the judge is given it."""
        self.files = tuple(
            ReadFile(
                name=file.name,
                sha256=hashlib.sha256(file.content.encode()).hexdigest(),
                characters=len(file.content),
                is_cut=file.is_cut,
            )
            for file in files.texts
        )
        self.left_out = len(files.left_out)

    def take_verdict(self, verdict: Verdict) -> None:
        """Keep what was asked and voted."""
        self.prompt = verdict.prompt
        self.votes = tuple(
            VoteRecord(
                model=vote.model,
                seconds=vote.seconds,
                scores=vote.scores,
                usage=vote.usage,
                failure=vote.failure,
            )
            for vote in verdict.votes
        )
