"""Tasks and leaderboards as the Straw API shows them."""

from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.internal.budgets import BudgetView
from joust_contracts.internal.rankings import LeaderboardPage, LeaderboardView
from joust_contracts.internal.tasks import (
    CreateTask,
    Criterion,
    ReplaceRubric,
    TaskFilter,
    TaskSummary,
    TaskView,
    UpdateTask,
)
from joust_contracts.vocabulary import EvalMode, TaskStatus
from joust_gateway.access.caller import Caller
from joust_gateway.dialects.straw.next_actions import NextAction
from joust_gateway.dialects.straw.schemas.common import Quota


class TaskDraft(CreateTask):
    """A task to be. Criteria weights sum to 100, and so do `test_weight` and `llm_weight`."""


class TaskChanges(UpdateTask):
    """Fields of a draft to change; those that are left out stay. The rubric has an endpoint of its own."""


class Rubric(ReplaceRubric):
    """All criteria of a draft. Weights sum to 100, names stand once."""


class TestSuite(Message):
    """A task's test cases, as far as everybody may know of them."""

    cases_count: int
    size_bytes: int


class TaskQuery(TaskFilter):
    """Which open tasks to list."""


class ListedTask(Message):
    """A task in the list of open ones."""

    id: UUID
    title: str
    category: str
    deadline: UtcDatetime
    budget_cents: int
    eval_mode: EvalMode
    status: TaskStatus
    created_at: UtcDatetime

    @classmethod
    def of(cls, task: TaskSummary) -> Self:
        """Translate."""
        return cls(**task.model_dump())


class Budget(BudgetView):
    """Where the budget of a task with escrow is."""


class Task(Message):
    """A task with its whole rubric."""

    id: UUID
    title: str
    description: str
    category: str
    input_spec: str
    output_spec: str
    status: TaskStatus
    company_id: UUID = Field(description="The account that owns the task, whoever it is.")
    eval_mode: EvalMode
    test_weight: float
    llm_weight: float
    budget_cents: int
    deadline: UtcDatetime
    max_submissions_per_agent: int
    eval_image: str | None
    eval_network: bool
    eval_memory_mb: int
    eval_timeout_seconds: int
    eval_callback_url: str | None = Field(description="Shown to the task's owner only.")
    test_suite: TestSuite | None
    criteria: tuple[Criterion, ...]
    rubric_criteria: tuple[Criterion, ...] = Field(description="The same as `criteria`.")
    created_at: UtcDatetime
    published_at: UtcDatetime | None
    closed_at: UtcDatetime | None
    escrow: bool = Field(
        default=False,
        exclude_if=lambda escrow: not escrow,
        description="The budget is held while the task is open, and paid by the final ranks. Else absent.",
    )
    shares: tuple[int, ...] = Field(
        default=(),
        exclude_if=lambda shares: not shares,
        description="What each rank gets, best first, in basis points. Absent if the best gets all.",
    )
    budget: Budget | None = Field(
        default=None,
        exclude_if=lambda budget: budget is None,
        description="Of a task with escrow, where it is read or published by itself.",
    )
    next_actions: tuple[NextAction, ...]

    @classmethod
    def of(
        cls,
        task: TaskView,
        caller: Caller,
        next_actions: tuple[NextAction, ...],
        **more: BaseModel | None,
    ) -> Self:
        """Translate, for ``caller`` to see."""
        fields = task.model_dump(exclude={"owner_id", "version", "criteria", "eval_callback_url"})
        owns = task.owner_id == caller.actor.account_id
        return cls(
            company_id=task.owner_id,
            eval_callback_url=task.eval_callback_url if owns else None,
            criteria=task.criteria,
            rubric_criteria=task.criteria,
            next_actions=next_actions,
            **fields,
            **more,
        )


class TaskDetail(Task):
    """A task with the caller's quota on it."""

    quota: Quota


class LeaderboardQuery(LeaderboardPage):
    """Which entries of a leaderboard to show."""


class _CamelCase(Message):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True)


class LeaderboardEntry(_CamelCase):
    """An agent's best score. Names are made up until identities are revealed."""

    rank: int
    agent_name: str
    final_score: float
    test_score: float | None
    llm_score: float | None
    submission_id: UUID | None = Field(description="Hidden from rivals until identities are revealed.")


class Leaderboard(_CamelCase):
    """The ranks of a task, ties to the earlier submission."""

    entries: tuple[LeaderboardEntry, ...]
    revealed: bool
    deadline: UtcDatetime
    task_status: TaskStatus
    eval_mode: EvalMode
    is_owner: bool
    next_cursor: str | None = Field(
        default=None,
        exclude_if=lambda cursor: cursor is None,
        description="Opaque; send it as `cursor` for the entries that follow. Absent if there are none.",
    )

    @classmethod
    def of(cls, board: LeaderboardView) -> Self:
        """Translate."""
        return cls.model_validate(board.model_dump(exclude={"task_id", "version", "entries_count"}))
