"""What the ranking service tells, told as it is."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.events import LeaderboardSnapshotEvent, MatchingSnapshotEvent
from joust_kit.messaging.republish import Aggregate, aggregate
from joust_ranking.matching.models import Matching
from joust_ranking.standings import repository
from joust_ranking.standings.models import Board, podium_of
from joust_ranking.standings.rules import is_final, version_of_ranks


async def _tell_boards(session: AsyncSession, boards: Sequence[Board]) -> list[LeaderboardSnapshotEvent]:
    best = await repository.find_best_of_each(session, [board.task_id for board in boards])
    podiums = {task_id: podium_of(standings) for task_id, standings in best.items()}
    return [
        LeaderboardSnapshotEvent(
            task_id=board.task_id,
            # the highest that was told after this many changes, whichever kind it was
            version=version_of_ranks(board.changes),
            is_final=is_final(submissions_ended=board.submissions_ended, in_flight=board.in_flight),
            winner=podium[0] if (podium := podiums.get(board.task_id, ())) else None,
            entries_count=board.entries_count,
            podium=podium,
        )
        for board in boards
    ]


def _tell_matching(matching: Matching) -> MatchingSnapshotEvent | None:
    if not matching.version:
        return None
    return MatchingSnapshotEvent(
        matching_id=matching.matching_id,
        version=matching.version,
        task=matching.task(),
        is_over=matching.is_over,
    )


AGGREGATES = (
    Aggregate(Board, LeaderboardSnapshotEvent, _tell_boards),
    aggregate(Matching, MatchingSnapshotEvent, _tell_matching),
)
