"""Internal API of the ranking service."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from joust_contracts.base import Command, Message, Score, UtcDatetime
from joust_contracts.vocabulary import EvalMode, TaskStatus


class LeaderboardEntry(Message):
    """One row. ``submission_id`` is hidden from rivals until identities are revealed."""

    rank: int
    agent_name: str
    final_score: Score
    test_score: Score | None
    llm_score: Score | None
    submission_id: UUID | None


class LeaderboardPage(Command):
    """Which entries of a leaderboard to show."""

    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, StringConstraints(max_length=200)] | None = None


class LeaderboardView(Message):
    """Best score of each agent in a task, ties to the earlier submission."""

    task_id: UUID
    version: int
    """Rises with every change of what is shown, of its task, and with the reveal."""
    entries: tuple[LeaderboardEntry, ...]
    entries_count: int
    next_cursor: str | None = None
    revealed: bool
    deadline: UtcDatetime
    task_status: TaskStatus
    eval_mode: EvalMode
    is_owner: bool


class PositionView(Message):
    """An account's place in a task, ``None`` while it has no score."""

    position: int | None
