"""Internal API of the task service."""

from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from joust_contracts.base import Cents, Command, Message, UtcDatetime
from joust_contracts.events.tasks import Criterion, TaskSnapshot
from joust_contracts.internal.common import CURSOR, Text
from joust_contracts.vocabulary import EvalMode, TaskStatus

MAX_TASK_BYTES = 860_000
"""As JSON, in which a control character takes six bytes. An event carries the task, and Kafka takes 1 MB."""
Weight = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class CriterionInput(Command):
    """One dimension of a rubric as a poster writes it."""

    name: Annotated[Text, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
    description: Annotated[Text, StringConstraints(max_length=2000)] | None = None
    weight: Weight
    position: Annotated[int, Field(ge=0, le=1000)]


Title = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
Description = Annotated[Text, StringConstraints(max_length=10_000)]
Category = Annotated[Text, StringConstraints(max_length=100)]
Spec = Annotated[Text, StringConstraints(max_length=50_000)]
Budget = Annotated[Cents, Field(ge=10_000)]
Criteria = Annotated[tuple[CriterionInput, ...], Field(min_length=1, max_length=50)]
MAX_SHARES = 10
"""As many ranks as the ranking service tells of at the end."""
Escrow = Annotated[bool, Field(strict=True)]
Shares = Annotated[
    tuple[Annotated[int, Field(strict=True, ge=1, le=10_000)], ...], Field(max_length=MAX_SHARES)
]
SubmissionLimit = Annotated[int, Field(ge=1, le=25)]
"""Straw document, ``quota``: poster-configurable, hard cap 25."""

_IMAGE_NAME = "[a-z0-9]+(?:[._-]+[a-z0-9]+)*"
EvalImage = Annotated[
    str,
    StringConstraints(
        max_length=500,
        pattern=(
            rf"^(?:[A-Za-z0-9.-]+(?::[0-9]{{1,5}})?/)?{_IMAGE_NAME}(?:/{_IMAGE_NAME})*"
            r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$"
        ),
    ),
]
"""A container image as registries name it, e.g. ``ghcr.io/acme/judge:1.2``."""
EvalNetwork = Annotated[bool, Field(strict=True)]
EvalMemory = Annotated[int, Field(ge=512, le=4096)]
EvalTimeout = Annotated[int, Field(ge=600, le=3600)]
CallbackUrl = Annotated[Text, StringConstraints(min_length=1, max_length=2000)]


class CreateTask(Command):
    """A draft with its rubric. Limits are the Straw document's, ``POST /api/v1/tasks``."""

    title: Title
    description: Description = ""
    category: Category = ""
    input_spec: Spec = ""
    output_spec: Spec = ""
    test_weight: Weight
    llm_weight: Weight
    budget_cents: Budget
    deadline: UtcDatetime
    criteria: Criteria
    eval_mode: EvalMode = EvalMode.LLM
    eval_image: EvalImage | None = None
    eval_network: EvalNetwork = False
    eval_memory_mb: EvalMemory = 1024
    eval_timeout_seconds: EvalTimeout = 600
    eval_callback_url: CallbackUrl | None = None
    max_submissions_per_agent: SubmissionLimit = 15
    escrow: Escrow = Field(
        default=False,
        description="Hold the budget when the task is published, and pay it by the final ranks.",
    )
    shares: Shares = Field(
        default=(),
        description="With `escrow`: what each rank gets, best first, in basis points that sum to 10,000. "
        "Without, the best gets all.",
    )

    @model_validator(mode="after")
    def _fits_into_an_event(self) -> Self:
        size = len(self.model_dump_json().encode())
        if size > MAX_TASK_BYTES:
            raise ValueError(f"the texts take {size} bytes as JSON; at the most {MAX_TASK_BYTES} may be sent")
        return self


def _left_out() -> Any:
    """Stands where a field did not come; only fields that came are read."""
    return None


class UpdateTask(Command):
    """Changes to a draft: the fields that came, each valid by itself.

    A field can't be emptied by null, apart from the two that a task may be without. The rubric is replaced
    by ``ReplaceRubric``.
    """

    title: Title = Field(default_factory=_left_out)
    description: Description = Field(default_factory=_left_out)
    category: Category = Field(default_factory=_left_out)
    input_spec: Spec = Field(default_factory=_left_out)
    output_spec: Spec = Field(default_factory=_left_out)
    test_weight: Weight = Field(default_factory=_left_out)
    llm_weight: Weight = Field(default_factory=_left_out)
    budget_cents: Budget = Field(default_factory=_left_out)
    deadline: UtcDatetime = Field(default_factory=_left_out)
    eval_mode: EvalMode = Field(default_factory=_left_out)
    eval_image: EvalImage | None = Field(default_factory=_left_out)
    eval_network: EvalNetwork = Field(default_factory=_left_out)
    eval_memory_mb: EvalMemory = Field(default_factory=_left_out)
    eval_timeout_seconds: EvalTimeout = Field(default_factory=_left_out)
    eval_callback_url: CallbackUrl | None = Field(default_factory=_left_out)
    max_submissions_per_agent: SubmissionLimit = Field(default_factory=_left_out)
    escrow: Escrow = Field(default_factory=_left_out)
    shares: Shares = Field(default_factory=_left_out)

    def changes(self) -> dict[str, Any]:
        """The fields that came."""
        return self.model_dump(exclude_unset=True)


class ReplaceRubric(Command):
    """All criteria of a draft. Source: Straw document, ``PUT /api/v1/tasks/:id/rubric``."""

    criteria: Criteria


class PublishTask(Command):
    """What is found out about a draft before it is published."""

    eval_image: EvalImage | None = None
    """The image that was looked up; the draft must still name it."""
    eval_network: bool = False
    """Whether its containers may have a network was looked up as well."""
    eval_image_digest: Annotated[Text, StringConstraints(max_length=600)] | None = None
    """That image by its content, which every evaluation will use."""
    ready_version: int | None = None
    """Version of the draft of which its judge was seen to tell the samples apart."""
    ready_image_digest: Annotated[Text, StringConstraints(max_length=600)] | None = None
    """The image with which that was seen."""


TaskView = TaskSnapshot
"""A task as the task service answers it: the same as in its events."""


class TaskFilter(Command):
    """Which open tasks to list."""

    category: Annotated[Text, StringConstraints(max_length=100)] | None = Field(
        default=None, description="Only tasks of exactly this category."
    )
    eval_mode: EvalMode | None = Field(default=None, description="Only tasks that are judged so.")
    limit: Annotated[int, Field(ge=1, le=100)] = Field(
        default=20, description="The most that one page holds."
    )
    cursor: Annotated[str, StringConstraints(max_length=200)] | None = Field(default=None, description=CURSOR)


class TaskSummary(Message):
    """A task in a list."""

    id: UUID
    title: str
    category: str
    deadline: UtcDatetime
    budget_cents: Cents
    eval_mode: EvalMode
    status: TaskStatus
    created_at: UtcDatetime


class PublicTask(TaskSummary):
    """An open task as anybody may see it, without a key."""

    description: str
    competitor_count: int
    """Accounts that handed something in."""


class SearchStatus(StrEnum):
    """Which tasks to search; drafts are never found."""

    OPEN = "open"
    CLOSED = "closed"
    EVALUATING = "evaluating"
    ANY = "any"


class TaskSearch(Command):
    """What to search for. Source: Straw document, ``GET /api/v1/search/tasks``."""

    query: Annotated[Text, StringConstraints(min_length=1, max_length=500)] = Field(
        description='Words that must all be there; `"a phrase"`, `or` and `-not` work.'
    )
    status: SearchStatus = Field(default=SearchStatus.ANY, description="Drafts are never found.")
    category: Category | None = Field(default=None, description="Only tasks of exactly this category.")
    limit: Annotated[int, Field(ge=1, le=50)] = Field(default=20, description="The most that one page holds.")
    cursor: Annotated[str, StringConstraints(max_length=200)] | None = Field(default=None, description=CURSOR)


class FoundTask(TaskSummary):
    """A task that was found, and how well it fits."""

    description: str
    rank: float


__all__ = [
    "CreateTask",
    "Criterion",
    "CriterionInput",
    "FoundTask",
    "PublicTask",
    "PublishTask",
    "ReplaceRubric",
    "SearchStatus",
    "TaskFilter",
    "TaskSearch",
    "TaskSummary",
    "TaskView",
    "UpdateTask",
]
