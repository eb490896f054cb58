"""All SQL about counts of standings."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from joust_ranking.ranks.rules import Bucket, before
from joust_ranking.standings.rules import Place

_ENTER = text(
    """
    INSERT INTO ranking.rank_buckets (task_id, level, bucket, count)
    SELECT :task_id, level, bucket, 1
    FROM unnest(CAST(:levels AS smallint[]), CAST(:numbers AS bigint[])) AS entered (level, bucket)
    ON CONFLICT (task_id, level, bucket) DO UPDATE SET count = rank_buckets.count + 1
    """
)
# Both parts see the same rows, of which each takes others: a bucket that becomes empty goes.
_LEAVE = text(
    """
    WITH chosen AS (
        SELECT level, bucket
        FROM unnest(CAST(:levels AS smallint[]), CAST(:numbers AS bigint[])) AS chosen (level, bucket)
    ), emptied AS (
        DELETE FROM ranking.rank_buckets
        WHERE task_id = :task_id AND (level, bucket) IN (SELECT level, bucket FROM chosen) AND count = 1
    )
    UPDATE ranking.rank_buckets SET count = count - 1
    WHERE task_id = :task_id AND (level, bucket) IN (SELECT level, bucket FROM chosen) AND count > 1
    """
)
# Span by span, each by the index: as a plain join the planner may read all buckets of the task instead.
_RANK = text(
    """
    SELECT 1 + (
        SELECT coalesce(sum(counted.count), 0)
        FROM unnest(CAST(:levels AS smallint[]), CAST(:firsts AS bigint[]), CAST(:ends AS bigint[]))
            AS span (level, first, "end")
        CROSS JOIN LATERAL (
            SELECT sum(count) AS count FROM ranking.rank_buckets
            WHERE task_id = :task_id AND level = span.level AND bucket >= span.first AND bucket < span."end"
        ) AS counted
    ) + (
        SELECT count(*) FROM ranking.standings
        WHERE task_id = :task_id AND best_score = :score AND best_received_at >= :since
        AND (best_received_at, best_submission_id) < (:received_at, CAST(:submission_id AS uuid))
    )
    """
)


async def move(
    session: AsyncSession, task_id: UUID, left: Collection[Bucket], entered: Collection[Bucket]
) -> None:
    """Count a standing in the buckets that it ``entered`` and no more in those that it ``left``.

    Call it under the board's lock, with all buckets of the standing before and after.
    """
    gone, new = set(left) - set(entered), set(entered) - set(left)
    if gone:
        await session.execute(_LEAVE, {"task_id": task_id, **_columns(gone)})
    if new:
        await session.execute(_ENTER, {"task_id": task_id, **_columns(new)})


async def rank_of(session: AsyncSession, task_id: UUID, place: Place) -> int:
    """Rank of a place in a task, from 1, from counts and what the place's own minute holds before it."""
    spans, since = before(place.score, place.received_at)
    return int(
        await session.scalar(
            _RANK,
            {
                "task_id": task_id,
                "levels": [span.level.value for span in spans],
                "firsts": [span.first for span in spans],
                "ends": [span.end for span in spans],
                "score": place.score,
                "since": since,
                "received_at": place.received_at,
                "submission_id": place.submission_id,
            },
        )
    )


def _columns(buckets: Collection[Bucket]) -> dict[str, list[int]]:
    ordered = sorted(buckets)
    return {
        "levels": [bucket.level.value for bucket in ordered],
        "numbers": [bucket.number for bucket in ordered],
    }
