"""The table of tasks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Computed, Index, Table, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field

from joust_contracts.events.tasks import Criterion, TaskSnapshot
from joust_contracts.vocabulary import EvalMode, TaskStatus
from joust_kit.database.columns import cents, document, long_text, moment, one_of, word
from joust_task.base import Base
from joust_task.tasks.rules import check_is_draft, check_transition


def newest_first(name: str, where: str, *columns: str) -> Index:
    """An index over some tasks in the order of all lists, within each value of ``columns``."""
    return Index(name, *columns, text("created_at DESC"), text("id DESC"), postgresql_where=text(where))


class Task(Base, table=True):
    """A posted task; its rubric lies in it, because it is replaced and read as a whole."""

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint(one_of("status", TaskStatus), name="status"),
        CheckConstraint(one_of("eval_mode", EvalMode), name="eval_mode"),
        CheckConstraint("budget_cents >= 0", name="budget_not_negative"),
        CheckConstraint("max_submissions_per_agent BETWEEN 1 AND 25", name="quota_in_bounds"),
        CheckConstraint("eval_memory_mb BETWEEN 512 AND 4096", name="eval_memory_in_bounds"),
        CheckConstraint("eval_timeout_seconds BETWEEN 600 AND 3600", name="eval_timeout_in_bounds"),
        CheckConstraint("escrow OR shares = '[]'", name="shares_of_escrow"),
        CheckConstraint("NOT awaits_budget OR (escrow AND status = 'draft')", name="draft_awaits_budget"),
        # serve the list of open tasks, newest first, and that of one category
        newest_first("ix_tasks_open_newest", "status = 'open'"),
        newest_first("ix_tasks_open_category_newest", "status = 'open'", "category"),
        # serve the search, which goes through the newest tasks first
        newest_first("ix_tasks_evaluating_newest", "status = 'evaluating'"),
        newest_first("ix_tasks_published_newest", "status <> 'draft'"),
        newest_first("ix_tasks_published_category_newest", "status <> 'draft'", "category"),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    owner_id: UUID
    status: TaskStatus = word(TaskStatus)
    title: str = long_text()
    description: str = long_text()
    category: str = long_text()
    input_spec: str = long_text()
    output_spec: str = long_text()
    eval_mode: EvalMode = word(EvalMode)
    test_weight: float
    llm_weight: float
    criteria: list[dict[str, Any]] = document()
    budget_cents: int = cents()
    deadline: datetime = moment()
    max_submissions_per_agent: int
    eval_image: str | None = long_text(nullable=True)
    eval_image_digest: str | None = long_text(nullable=True)
    eval_network: bool = False
    eval_memory_mb: int = 1024
    eval_timeout_seconds: int = 600
    eval_callback_url: str | None = long_text(nullable=True)
    test_suite: dict[str, Any] | None = document(nullable=True)
    reference_sample: dict[str, Any] | None = document(nullable=True)
    cheat_sample: dict[str, Any] | None = document(nullable=True)
    escrow: bool = False
    shares: Sequence[int] = document()
    awaits_budget: bool = False
    """Its budget was asked for, and the wallet has not answered; meanwhile the draft stays as it is."""
    created_at: datetime = moment()
    published_at: datetime | None = moment(nullable=True)
    closed_at: datetime | None = moment(nullable=True)

    def move_to(self, status: TaskStatus) -> None:
        """Change the status. Raises ``InvalidTransition``."""
        check_transition(self.status, status)
        self.status = status
        self.version += 1

    def edit(self, changes: Mapping[str, Any]) -> None:
        """Change fields of a draft. Raises ``TaskNotDraft``, also for one that is being published."""
        check_is_draft(self.status, awaits_budget=self.awaits_budget)
        for name, value in changes.items():
            setattr(self, name, value)
        self.version += 1

    def snapshot(self) -> TaskSnapshot:
        """The task as events and answers show it."""
        fields = self.model_dump(exclude={"criteria"})
        return TaskSnapshot(criteria=tuple(map(Criterion.model_validate, self.criteria)), **fields)


_WORDS_BY_WEIGHT = " || ".join(
    f"setweight(to_tsvector('english', {text}), '{weight}')"
    for weight, text in {
        "A": "title",
        "B": "category",
        "C": "description",
        "D": "input_spec || ' ' || output_spec",
    }.items()
)

# Beside the mapped columns: made by the database, searched by it, and never read into a Task.
TASKS = cast("Table", Task.__table__)  # type: ignore[attr-defined]
TASKS.append_column(Column("search", TSVECTOR, Computed(_WORDS_BY_WEIGHT, persisted=True)))
Index(
    "ix_tasks_search",
    TASKS.c.search,
    postgresql_using="gin",
    # A search reads what is pending whole, so little may pend.
    postgresql_with={"gin_pending_list_limit": 256},
    postgresql_where=text("status <> 'draft'"),
)
