"""Facts about posted work, told by the task service."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Cents, Message, UtcDatetime, Version
from joust_contracts.events.base import EventData
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import EvalMode, TaskStatus


class Criterion(Message):
    """One dimension of a rubric; the weights of a task's criteria sum to 100."""

    name: str
    description: str | None = None
    weight: float
    position: int


class TestSuiteRef(Message):
    """A task's test suite in the object store; who reads it checks the SHA-256."""

    __test__ = False
    """To pytest it is no test."""

    key: str
    sha256: str
    size_bytes: int
    cases_count: int


class SampleRef(Message):
    """A zip whose worth its poster knows, in the object store; who reads it checks the SHA-256."""

    key: str
    sha256: str
    size_bytes: int
    files_count: int


class TaskSnapshot(Message):
    """A task at one version, with all that judging, ranking and paying need."""

    id: UUID
    version: Version
    owner_id: UUID
    status: TaskStatus
    title: str
    description: str
    category: str
    input_spec: str
    output_spec: str
    eval_mode: EvalMode
    test_weight: float
    llm_weight: float
    criteria: tuple[Criterion, ...]
    budget_cents: Cents
    deadline: UtcDatetime
    max_submissions_per_agent: int = Field(ge=1, le=25)
    eval_image: str | None = None
    eval_image_digest: str | None = None
    """The image by its content: pinned when the task is published, and used for every evaluation."""
    eval_network: bool = False
    eval_memory_mb: int = 1024
    eval_timeout_seconds: int = 600
    eval_callback_url: str | None = None
    """Where the poster's own judge listens; for nobody but the owner to see."""
    test_suite: TestSuiteRef | None = None
    reference_sample: SampleRef | None = None
    """Good work, on which the judge is tried before the task is published; for the owner alone to see."""
    cheat_sample: SampleRef | None = None
    """Work that only pretends; the same holds for it."""
    escrow: bool = False
    """The budget is held while the task is open, and paid by the final ranks."""
    shares: tuple[int, ...] = ()
    """With escrow: what each rank gets, in basis points, best first; empty if the best gets all."""
    created_at: UtcDatetime
    published_at: UtcDatetime | None = None
    closed_at: UtcDatetime | None = None


class TaskEvent(EventData):
    """Common to all events about a task: the task as it is after the change."""

    source: ClassVar[ServiceName] = ServiceName.TASK

    task: TaskSnapshot

    @property
    def aggregate_id(self) -> UUID:
        return self.task.id

    @property
    def aggregate_version(self) -> int:
        return self.task.version


class TaskCreated(TaskEvent):
    """A draft was made."""

    subject_happened: ClassVar[str] = "task.created"


class TaskUpdated(TaskEvent):
    """The owner changed a draft, its rubric or its test suite."""

    subject_happened: ClassVar[str] = "task.updated"


class TaskPublished(TaskEvent):
    """The task went from draft to open."""

    subject_happened: ClassVar[str] = "task.published"


class TaskDeadlinePassed(TaskEvent):
    """No submission is taken any more; evaluations may still run."""

    subject_happened: ClassVar[str] = "task.deadline_passed"


class TaskClosed(TaskEvent):
    """The task is over, by its owner or because everything was evaluated after the deadline."""

    subject_happened: ClassVar[str] = "task.closed"


class TaskSnapshotEvent(TaskEvent):
    """The task as it is, told anew; nothing happened to it."""

    subject_happened: ClassVar[str] = "task.snapshot"
