"""The tables of standings."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from joust_contracts.events.rankings import RankedEntry
from joust_kit.database.columns import long_text, moment
from joust_ranking.base import Base
from joust_ranking.standings.rules import Place


class Board(Base, table=True):
    """One task's board: the lock under which it changes, and what is counted about it.

    ``changes`` counts the facts that were seen and can change final ranks: each score, each failed
    evaluation, and the end of submissions, each once. ``leaderboard.changed`` has twice this number as its
    version and ``task.ranked`` twice this number plus one. So:

    - Within a task versions strictly rise with every emission, of both kinds together: each is emitted
      under the board's lock, right after ``changes`` has risen, and at most one of each kind.
    - A version never comes again with other content, for the same reason.
    - They depend on the set of facts alone, neither on the order in which these came nor on how often, and
      are the same again after the board was dropped and rebuilt.
    - Once all facts are there, the last ``task.ranked`` has the same version and content whatever the
      order: it follows on every change that leaves nothing in flight, so on the last one, too. What comes
      after that one (news of a submission whose result is known) is no change.

    The task's own version has no part in it: that it goes from evaluating to closed changes no rank.
    """

    __tablename__ = "boards"
    __table_args__ = (
        CheckConstraint("changes >= 0", name="changes_not_negative"),
        CheckConstraint("in_flight >= 0", name="in_flight_not_negative"),
        CheckConstraint("entries_count >= 0", name="entries_not_negative"),
    )

    task_id: UUID = Field(primary_key=True)
    changes: int = 0
    submissions_ended: bool = False
    in_flight: int = 0
    """Results that are due: the submission was received, its evaluation has not ended."""
    entries_count: int = 0
    """Rows of the task in ``standings``."""


class Result(Base, table=True):
    """What was seen of one evaluation of a submission; exactly one is due for each iteration."""

    __tablename__ = "results"
    __table_args__ = (
        CheckConstraint("score BETWEEN 0 AND 100", name="score_in_bounds"),
        # serves the choice of an account's best result
        Index("ix_results_account", "task_id", "account_id"),
    )

    submission_id: UUID = Field(primary_key=True)
    iteration: int = Field(primary_key=True)
    task_id: UUID
    received: bool = False
    failed: bool = False
    score: float | None = None
    """``None`` while there is none; a failed evaluation has none, which is not a score of zero."""
    test_score: float | None = None
    llm_score: float | None = None
    account_id: UUID | None = None
    """Like all that follows ``None`` for what was heard of before it was kept; ``rebuild`` fills it in."""
    agent_id: UUID | None = None
    agent_display_name: str | None = long_text(nullable=True)
    received_at: datetime | None = moment(nullable=True)


class Standing(Base, table=True):
    """An account's best result in a task, which is its entry on the leaderboard (``rules.best_of``)."""

    __tablename__ = "standings"
    __table_args__ = (
        CheckConstraint("best_score BETWEEN 0 AND 100", name="best_score_in_bounds"),
        # serves the leaderboard and, from the index alone, the count of earlier standings of one minute
        Index(
            "ix_standings_task_best_first",
            "task_id",
            text("best_score DESC"),
            "best_received_at",
            "best_submission_id",
        ),
    )

    task_id: UUID = Field(primary_key=True)
    account_id: UUID = Field(primary_key=True)
    agent_id: UUID
    agent_display_name: str = long_text()
    best_score: float
    test_score: float | None
    llm_score: float | None
    best_submission_id: UUID
    best_iteration: int
    best_received_at: datetime = moment()


class Scored(NamedTuple):
    """A result with a score, or the standing that it made: where it stands, and what its entry shows."""

    place: Place
    account_id: UUID
    agent_id: UUID
    agent_display_name: str
    test_score: float | None
    llm_score: float | None

    def entry(self, rank: int) -> RankedEntry:
        """As events show it."""
        return RankedEntry(
            rank=rank,
            account_id=self.account_id,
            agent_id=self.agent_id,
            submission_id=self.place.submission_id,
            final_score=self.place.score,
        )


def podium_of(best: Sequence[Scored]) -> tuple[RankedEntry, ...]:
    """The best standings of a task, best first, as events show them."""
    return tuple(each.entry(rank) for rank, each in enumerate(best, start=1))
