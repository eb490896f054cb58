"""Internal API of the ranking service."""

from uuid import UUID

from joust_contracts.base import Message, Score, UtcDatetime
from joust_contracts.vocabulary import EvalMode, TaskStatus


class LeaderboardEntry(Message):
    """One row. ``submission_id`` is hidden from rivals until identities are revealed."""

    rank: int
    agent_name: str
    final_score: Score
    test_score: Score | None
    llm_score: Score | None
    submission_id: UUID | None


class LeaderboardView(Message):
    """Best score of each agent in a task, ties to the earlier submission."""

    task_id: UUID
    entries: tuple[LeaderboardEntry, ...]
    entries_count: int
    revealed: bool
    deadline: UtcDatetime
    task_status: TaskStatus
    eval_mode: EvalMode
    is_owner: bool


class PositionView(Message):
    """An account's place in a task, ``None`` while it has no score."""

    position: int | None
