"""Internal API of the task service."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from joust_contracts.base import Cents, Command, Message, UtcDatetime
from joust_contracts.events.tasks import Criterion, TaskSnapshot
from joust_contracts.internal.common import Text
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


class CreateTask(Command):
    """A draft with its rubric. Limits are the Straw document's, ``POST /api/v1/tasks``."""

    title: Annotated[Text, StringConstraints(min_length=1, max_length=200)]
    description: Annotated[Text, StringConstraints(max_length=10_000)] = ""
    category: Annotated[Text, StringConstraints(max_length=100)] = ""
    input_spec: Annotated[Text, StringConstraints(max_length=50_000)] = ""
    output_spec: Annotated[Text, StringConstraints(max_length=50_000)] = ""
    test_weight: Weight
    llm_weight: Weight
    budget_cents: Annotated[Cents, Field(ge=10_000)]
    deadline: UtcDatetime
    criteria: Annotated[tuple[CriterionInput, ...], Field(min_length=1, max_length=50)]
    eval_mode: EvalMode = EvalMode.LLM
    max_submissions_per_agent: Annotated[int, Field(ge=1, le=25)] = 15

    @model_validator(mode="after")
    def _fits_into_an_event(self) -> Self:
        size = len(self.model_dump_json().encode())
        if size > MAX_TASK_BYTES:
            raise ValueError(f"the texts take {size} bytes as JSON; at the most {MAX_TASK_BYTES} may be sent")
        return self


TaskView = TaskSnapshot
"""A task as the task service answers it: the same as in its events."""


class TaskFilter(Command):
    """Which open tasks to list."""

    category: Annotated[Text, StringConstraints(max_length=100)] | None = None
    eval_mode: EvalMode | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, StringConstraints(max_length=200)] | None = None


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


__all__ = ["CreateTask", "Criterion", "CriterionInput", "TaskFilter", "TaskSummary", "TaskView"]
