"""Facts about standings, told by the ranking service."""

from typing import ClassVar
from uuid import UUID

from joust_contracts.base import Message, Score, Version
from joust_contracts.events.base import EventData
from joust_contracts.services import ServiceName


class RankedEntry(Message):
    """One agent's place in a task."""

    rank: int
    account_id: UUID
    agent_id: UUID
    submission_id: UUID
    final_score: Score


class _LeaderboardEvent(EventData):
    source: ClassVar[ServiceName] = ServiceName.RANKING

    task_id: UUID
    version: Version

    @property
    def aggregate_id(self) -> UUID:
        return self.task_id

    @property
    def aggregate_version(self) -> int:
        return self.version


class LeaderboardChanged(_LeaderboardEvent):
    """Somebody's best result in a task is new or another one; after a re-evaluation it may be worse."""

    subject_happened: ClassVar[str] = "leaderboard.changed"

    entry: RankedEntry
    entries_count: int


class TaskRanked(_LeaderboardEvent):
    """The task takes no submission any more and none waits for its evaluation: the ranks are final."""

    subject_happened: ClassVar[str] = "task.ranked"

    winner: RankedEntry | None
    entries_count: int


class LeaderboardSnapshotEvent(_LeaderboardEvent):
    """The leaderboard as it is, told anew; nothing happened to it."""

    subject_happened: ClassVar[str] = "leaderboard.snapshot"

    is_final: bool
    """True if ``task.ranked`` holds for it."""
    winner: RankedEntry | None
    """Who leads now; the winner once it is final."""
    entries_count: int
