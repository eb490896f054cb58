"""All SQL about counts of standings.

``MOVE`` and ``RANK`` are parts of the one statement that changes a standing (``standings.repository``), so
that it is stored, counted and ranked in one round trip.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from joust_ranking.ranks.rules import Bucket, before
from joust_ranking.standings.rules import Place

# All parts see the same rows, of which each takes others: a bucket that becomes empty goes.
MOVE = """
    gone AS (
        SELECT level, bucket
        FROM unnest(CAST(:left_levels AS smallint[]), CAST(:left_numbers AS bigint[])) AS gone (level, bucket)
    ), emptied AS (
        DELETE FROM ranking.rank_buckets
        WHERE task_id = :task_id AND (level, bucket) IN (SELECT level, bucket FROM gone) AND count = 1
    ), lessened AS (
        UPDATE ranking.rank_buckets SET count = count - 1
        WHERE task_id = :task_id AND (level, bucket) IN (SELECT level, bucket FROM gone) AND count > 1
    ), entered AS (
        INSERT INTO ranking.rank_buckets (task_id, level, bucket, count)
        SELECT :task_id, level, bucket, 1
        FROM unnest(CAST(:new_levels AS smallint[]), CAST(:new_numbers AS bigint[])) AS new (level, bucket)
        ON CONFLICT (task_id, level, bucket) DO UPDATE SET count = rank_buckets.count + 1
    )
"""
"""Common table expressions that count a standing where it is and no more where it was; see ``moving``."""
# Span by span, each by the index: as a plain join the planner may read all buckets of the task instead.
RANK = """
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
        WHERE task_id = :task_id AND best_score = CAST(:score AS float)
        AND best_received_at >= CAST(:since AS timestamptz)
        AND (best_received_at, best_submission_id)
            < (CAST(:received_at AS timestamptz), CAST(:submission_id AS uuid))
    )
"""
"""The rank of a place, from counts and what the place's own minute holds before it; see ``ranking``."""
_RANK = text(RANK)


async def rank_of(session: AsyncSession, task_id: UUID, place: Place) -> int:
    """Rank of a place in a task, from 1."""
    return int(await session.scalar(_RANK, {"task_id": task_id, **ranking(place)}))


def ranking(place: Place) -> dict[str, Any]:
    """What ``RANK`` asks for, beside the task."""
    spans, since = before(place.score, place.received_at)
    return {
        "levels": [span.level.value for span in spans],
        "firsts": [span.first for span in spans],
        "ends": [span.end for span in spans],
        "score": place.score,
        "since": since,
        "received_at": place.received_at,
        "submission_id": place.submission_id,
    }


def moving(left: Collection[Bucket], entered: Collection[Bucket]) -> dict[str, list[int]]:
    """What ``MOVE`` asks for, beside the task: all buckets of a standing before and after."""
    gone, new = sorted(set(left) - set(entered)), sorted(set(entered) - set(left))
    return {
        "left_levels": [bucket.level.value for bucket in gone],
        "left_numbers": [bucket.number for bucket in gone],
        "new_levels": [bucket.level.value for bucket in new],
        "new_numbers": [bucket.number for bucket in new],
    }
