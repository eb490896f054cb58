"""The table of records: what is kept of a judging beside its result."""

import zlib
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from joust_contracts.internal.records import PromptRecord
from joust_evaluation.base import Base
from joust_evaluation.iterations.prompts import sha256_of
from joust_evaluation.modes.trail import Trail
from joust_kit.database.columns import blob, document, long_text

MAX_PROMPT_BYTES = 4_000_000
"""Of a prompt as it is kept, packed; a longer one is known by its hash alone."""


class JudgingRecord(Base, table=True):
    """Inputs, words and timings of an evaluation that came to a result."""

    __tablename__ = "records"
    __table_args__ = (
        CheckConstraint(f"octet_length(prompt) <= {MAX_PROMPT_BYTES}", name="prompt_in_bounds"),
        CheckConstraint("prompt IS NULL OR prompt_sha256 IS NOT NULL", name="prompt_with_hash"),
        CheckConstraint("(instructions IS NULL) = (prompt_sha256 IS NULL)", name="instructions_with_hash"),
    )

    evaluation_id: UUID = Field(primary_key=True)
    rubric: list[dict[str, Any]] = document()
    files: list[dict[str, Any]] = document()
    files_left_out: int
    votes: list[dict[str, Any]] = document()
    steps: list[dict[str, Any]] = document()
    instructions: str | None = long_text(nullable=True)
    prompt: bytes | None = blob(nullable=True)
    """Packed by zlib."""
    prompt_sha256: str | None = long_text(nullable=True)

    @classmethod
    def of(cls, evaluation_id: UUID, trail: Trail) -> "JudgingRecord":
        """What a judging left behind."""
        prompt = trail.prompt
        packed = None if prompt is None else zlib.compress(prompt.text.encode())
        return cls(
            evaluation_id=evaluation_id,
            rubric=[criterion.model_dump(mode="json") for criterion in trail.rubric],
            files=[file.model_dump(mode="json") for file in trail.files],
            files_left_out=trail.left_out,
            votes=[vote.model_dump(mode="json") for vote in trail.votes],
            steps=[step.model_dump(mode="json") for step in trail.steps],
            instructions=None if prompt is None else prompt.instructions,
            prompt=packed if packed is not None and len(packed) <= MAX_PROMPT_BYTES else None,
            prompt_sha256=None if prompt is None else sha256_of(prompt.instructions, prompt.text),
        )

    def read_prompt(self) -> PromptRecord | None:
        """The words that a language model was given, ``None`` if none was asked."""
        if self.instructions is None or self.prompt_sha256 is None:
            return None
        text = None if self.prompt is None else zlib.decompress(self.prompt).decode()
        return PromptRecord(instructions=self.instructions, text=text, sha256=self.prompt_sha256)
