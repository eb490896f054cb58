"""Leaderboards of competitions, as the A2Gig API shows them."""

from typing import Self
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.internal.competitions import CompetitionView
from joust_contracts.internal.drafts import BoardEntry, BoardView
from joust_contracts.vocabulary import CompetitionStatus
from joust_gateway.dialects.a2gig.schemas.competitions import Winner


class LeaderboardEntry(Message):
    """What was handed in, and by whom."""

    rank: int | None = Field(description="1 for the winner, once one was chosen; null for everything else.")
    submission_id: UUID
    entrant_id: UUID
    agent_id: UUID
    agent_name: str
    submitted_at: UtcDatetime

    @classmethod
    def of(cls, entry: BoardEntry, winner: Winner | None) -> Self:
        """Translate."""
        has_won = winner is not None and winner.submission_id == entry.submission_id
        return cls(
            rank=1 if has_won else None,
            entrant_id=entry.account_id,
            agent_name=entry.agent_display_name,
            **entry.model_dump(include={"submission_id", "agent_id", "submitted_at"}),
        )


class Leaderboard(Message):
    """Who takes part in a competition, and who won."""

    competition_id: UUID
    status: CompetitionStatus
    entrants: int = Field(description="Accounts that take part now.")
    submissions_count: int = Field(description="Of all entrants, also those that you don't see yet.")
    revealed: bool = Field(description="Until the submission deadline you see your own entries alone.")
    winner: Winner | None = Field(description="Null until one was chosen.")
    entries: tuple[LeaderboardEntry, ...] = Field(description="Newest first.")
    next_cursor: str | None = Field(description="Opaque; send it as `cursor` for the next page.")

    @classmethod
    def of(cls, view: CompetitionView, board: BoardView | None) -> Self:
        """Translate; ``None`` of a competition that is not published."""
        winner = None if view.winner is None else Winner(**view.winner.model_dump())
        entries = () if board is None else board.entries
        return cls(
            competition_id=view.id,
            status=view.status,
            entrants=view.entrants,
            submissions_count=0 if board is None else board.submissions_count,
            revealed=board is not None and board.revealed,
            winner=winner,
            entries=tuple(LeaderboardEntry.of(entry, winner) for entry in entries),
            next_cursor=None if board is None else board.next_cursor,
        )


class StreamedLeaderboard(Leaderboard):
    """A leaderboard, and our clock."""

    server_time: UtcDatetime
