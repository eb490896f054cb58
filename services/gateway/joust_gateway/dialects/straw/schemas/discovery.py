"""Tasks as they are found, as the Straw API shows them."""

from typing import Self
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.internal.tasks import FoundTask as Found
from joust_contracts.internal.tasks import PublicTask, TaskSearch
from joust_contracts.vocabulary import EvalMode, TaskStatus


class SearchQuery(TaskSearch):
    """What to search for, and where to go on."""


class OpenTask(Message):
    """An open task as anybody may see it."""

    id: UUID
    title: str
    description: str
    category: str
    budget_cents: int
    deadline: UtcDatetime
    status: TaskStatus
    eval_mode: EvalMode
    competitor_count: int = Field(description="Accounts that handed something in.")
    created_at: UtcDatetime

    @classmethod
    def of(cls, task: PublicTask) -> Self:
        """Translate."""
        return cls(**task.model_dump())


class FoundTask(Message):
    """A task that was found."""

    id: UUID
    title: str
    description: str
    category: str
    status: TaskStatus
    budget_cents: int
    deadline: UtcDatetime
    eval_mode: EvalMode
    created_at: UtcDatetime
    rank: float = Field(description="How well it fits; comparable within one search.")

    @classmethod
    def of(cls, task: Found) -> Self:
        """Translate."""
        return cls(**task.model_dump())


class FoundTasks(Message):
    """One page of a search, newest first."""

    data: tuple[FoundTask, ...]
    has_more: bool
    next_cursor: str | None = Field(description="`created_at|id`; send it as `cursor` for the next page.")

    @classmethod
    def of(cls, data: tuple[FoundTask, ...], next_cursor: str | None) -> Self:
        """A page, and whether another follows."""
        return cls(data=data, has_more=next_cursor is not None, next_cursor=next_cursor)
