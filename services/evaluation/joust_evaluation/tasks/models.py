"""The table of known tasks."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from joust_contracts.events.tasks import Criterion, SampleRef, TestSuiteRef
from joust_contracts.internal.samples import SampleKind, field_of
from joust_contracts.vocabulary import EvalMode, TaskStatus
from joust_evaluation.base import Base
from joust_kit.database.columns import document, long_text, one_of, word


class KnownTask(Base, table=True):
    """A task as the newest event showed it, as far as a judge needs it."""

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint(one_of("eval_mode", EvalMode), name="eval_mode"),
        CheckConstraint(f"status IS NULL OR {one_of('status', TaskStatus)}", name="status"),
    )

    id: UUID = Field(primary_key=True)
    version: int
    owner_id: UUID | None = None
    status: TaskStatus | None = word(TaskStatus, nullable=True)
    """Both are unknown of a task that was last heard of before they were kept; a rebuild brings them."""
    title: str = long_text()
    description: str = long_text()
    input_spec: str = long_text()
    output_spec: str = long_text()
    eval_mode: EvalMode = word(EvalMode)
    criteria: list[dict[str, Any]] = document()
    test_weight: float = 0
    llm_weight: float = 100
    eval_image: str | None = long_text(nullable=True)
    eval_image_digest: str | None = long_text(nullable=True)
    """The image by its content, as it was when the task was published."""
    eval_network: bool = False
    eval_memory_mb: int = 1024
    """Mebibytes that the poster's container may use."""
    eval_timeout_seconds: int = 600
    eval_callback_url: str | None = long_text(nullable=True)
    test_suite: dict[str, Any] | None = document(nullable=True)
    reference_sample: dict[str, Any] | None = document(nullable=True)
    cheat_sample: dict[str, Any] | None = document(nullable=True)
    escrow: bool = False
    """Its budget is paid by the final ranks."""

    def rubric(self) -> tuple[Criterion, ...]:
        """The criteria in their order."""
        criteria = map(Criterion.model_validate, self.criteria)
        return tuple(sorted(criteria, key=lambda criterion: criterion.position))

    def stored_test_suite(self) -> TestSuiteRef | None:
        """Where the test suite lies, ``None`` if the task has none."""
        return None if self.test_suite is None else TestSuiteRef.model_validate(self.test_suite)

    def samples(self) -> dict[SampleKind, SampleRef]:
        """The samples on which its judge can be tried, as far as the task has them."""
        stored = {kind: getattr(self, field_of(kind)) for kind in SampleKind}
        return {kind: SampleRef.model_validate(each) for kind, each in stored.items() if each is not None}
