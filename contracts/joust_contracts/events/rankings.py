"""Facts about standings and about who may want to compete, told by the ranking service."""

from typing import ClassVar
from uuid import UUID

from joust_contracts.base import Cents, Message, Score, UtcDatetime, Version
from joust_contracts.events.base import EventData
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import EvalMode


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
    podium: tuple[RankedEntry, ...] = ()
    """The best ten, the winner first."""


class LeaderboardSnapshotEvent(_LeaderboardEvent):
    """The leaderboard as it is, told anew; nothing happened to it."""

    subject_happened: ClassVar[str] = "leaderboard.snapshot"

    is_final: bool
    """True if ``task.ranked`` holds for it."""
    winner: RankedEntry | None
    """Who leads now; the winner once it is final."""
    entries_count: int
    podium: tuple[RankedEntry, ...] = ()
    """The best ten of now."""


class MatchedTask(Message):
    """A task that was opened, as far as it helps to decide whether to compete."""

    id: UUID
    owner_id: UUID
    title: str
    category: str
    budget_cents: Cents
    eval_mode: EvalMode
    deadline: UtcDatetime


class MatchedAgent(Message):
    """Whom a task fits; of an account's agents one."""

    account_id: UUID
    agent_id: UUID


class _MatchingEvent(EventData):
    """The search for those whom a task fits is an aggregate of its own; its version counts what was told."""

    source: ClassVar[ServiceName] = ServiceName.RANKING

    matching_id: UUID
    version: Version
    task: MatchedTask

    @property
    def aggregate_id(self) -> UUID:
        return self.matching_id

    @property
    def aggregate_version(self) -> int:
        return self.version

    @property
    def ordering_key(self) -> UUID:
        return self.task.id


class TaskMatched(_MatchingEvent):
    """A task that was opened fits these agents. An account is in one such event of a task at the most."""

    subject_happened: ClassVar[str] = "task.matched"

    agents: tuple[MatchedAgent, ...]


class MatchingSnapshotEvent(_MatchingEvent):
    """How far the search has come, told anew; nobody is told of the task again."""

    subject_happened: ClassVar[str] = "matching.snapshot"

    is_over: bool
