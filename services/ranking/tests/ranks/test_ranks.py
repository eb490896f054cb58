"""A rank is what a count of all better standings gives, at a cost that does not grow with their number."""

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_ranking.ranks import repository
from joust_ranking.ranks.rules import before
from joust_ranking.standings.rules import Place
from services.ranking.tests.standings.arena import START, Arena, Handed, new_id

_NAIVE = text(
    """
    SELECT account_id, rank() OVER (ORDER BY best_score DESC, best_received_at, best_submission_id)
    FROM ranking.standings WHERE task_id = :task_id
    """
)
_COUNTED = text(
    """
    SELECT level, bucket, count(*) FROM (
        SELECT 10000 - round(best_score * 100)::bigint AS hundredth,
            floor(extract(epoch FROM best_received_at) / 60)::bigint AS minute
        FROM ranking.standings WHERE task_id = :task_id
    ) AS standing, LATERAL (VALUES (1, hundredth / 100), (2, hundredth),
        (3, hundredth * 4294967296 + minute / 60), (4, hundredth * 4294967296 + minute)) AS counted (level, bucket)
    GROUP BY level, bucket ORDER BY level, bucket
    """
)
_HELD = text("SELECT level, bucket, count FROM ranking.rank_buckets WHERE task_id = :task_id ORDER BY 1, 2")
_MANY = """
    INSERT INTO ranking.standings (task_id, account_id, agent_id, agent_display_name, best_score,
        best_submission_id, best_iteration, best_received_at)
    SELECT :task_id, gen_random_uuid(), gen_random_uuid(), 'Ada', {score}, gen_random_uuid(), 1,
        CAST(:start AS timestamptz) + number * interval '20 s'
    FROM generate_series(1, CAST(:count AS int)) AS number
"""


async def assert_ranks_are_those_of_a_naive_count(arena: Arena) -> None:
    async with arena.ranking.database.reading() as session:
        ranks = (await session.execute(_NAIVE, {"task_id": arena.task_id})).all()
        held = (await session.execute(_HELD, {"task_id": arena.task_id})).all()
        assert held == (await session.execute(_COUNTED, {"task_id": arena.task_id})).all()
    assert ranks
    for account_id, rank in ranks:
        found = await arena.position(arena.owner, account_id)
        assert found.json() == {"position": rank}


@pytest.mark.parametrize("seed", [1, 2])
async def test_ranks_of_random_results_with_ties_and_worse_re_evaluations_are_those_of_a_count(
    arena: Arena, seed: int
) -> None:
    chance = random.Random(seed)
    agents = [an_actor() for _ in range(9)]
    await arena.deliver(arena.published())
    handed: list[Handed] = []
    for turn in range(60):
        if handed and chance.random() < 0.4:
            place = chance.randrange(len(handed))
            handed[place] = handed[place].again()
        else:
            late = timedelta(seconds=chance.choice([0, 1, 59, 60, 61, 3599, 3600, 90_000]), milliseconds=turn)
            handed.append(Handed(chance.choice(agents), received_at=START + late))
            place = -1
        score = chance.choice([0, 12.34, 12.35, 50, 99.99, 100])
        await arena.deliver(arena.completed(handed[place], score))
        told = (await arena.changes())[-1].entry
        assert (await arena.position(arena.owner, told.account_id)).json() == {"position": told.rank}
        if turn % 20 == 19:
            await assert_ranks_are_those_of_a_naive_count(arena)


@pytest.mark.parametrize(
    "score", ["round((number * 7919 % 10001)::numeric / 100, 2)::float", "100.0"], ids=["spread", "all equal"]
)
async def test_a_rank_reads_no_more_of_many_standings_than_of_few(
    ranking: ServiceUnderTest, score: str
) -> None:
    read = []
    for count in (1_000, 100_000):
        task_id = new_id()
        async with ranking.database.transaction() as unit:
            await fill(unit.session, task_id, count, score)
        middle = await place_of(ranking, task_id, count // 2)
        async with ranking.database.reading() as session:
            assert await repository.rank_of(session, task_id, middle) == count // 2 + 1
        read.append(await rows_read(ranking, task_id, middle))
    # an hour has at most 180 of these standings and a minute 3, so 100,000 fill 556 hours
    assert read[1] <= (101 + 100 + 556 // 2 + 60 + 3)
    assert read[1] < 700


async def fill(session: AsyncSession, task_id: UUID, count: int, score: str) -> None:
    # PostgreSQL takes the groups for four, and a hash table that was made for so few takes half a minute.
    await session.execute(text("SET LOCAL enable_hashagg = off"))
    many = {"task_id": task_id, "start": START, "count": count}
    await session.execute(text(_MANY.format(score=score)), many)
    counted = str(_COUNTED).replace("SELECT level", f"SELECT '{task_id}'::uuid, level", 1)
    await session.execute(text(f"INSERT INTO ranking.rank_buckets {counted}"), {"task_id": task_id})
    await session.execute(text("ANALYZE ranking.standings"))
    await session.execute(text("ANALYZE ranking.rank_buckets"))


async def place_of(ranking: ServiceUnderTest, task_id: UUID, better: int) -> Place:
    nth = text(
        "SELECT best_score, best_received_at, best_submission_id, best_iteration FROM ranking.standings "
        "WHERE task_id = :task_id ORDER BY best_score DESC, best_received_at, best_submission_id "
        "OFFSET :better LIMIT 1"
    )
    async with ranking.database.reading() as session:
        return Place(*(await session.execute(nth, {"task_id": task_id, "better": better})).one())


async def rows_read(ranking: ServiceUnderTest, task_id: UUID, place: Place) -> int:
    """Rows that PostgreSQL took from tables and indexes for one rank."""
    spans, since = before(place.score, place.received_at)
    params = {
        "task_id": task_id,
        "levels": [span.level.value for span in spans],
        "firsts": [span.first for span in spans],
        "ends": [span.end for span in spans],
        "score": place.score,
        "since": since,
        "received_at": place.received_at,
        "submission_id": place.submission_id,
    }
    explain = text(f"EXPLAIN (ANALYZE, FORMAT JSON) {repository._RANK}")
    async with ranking.database.reading() as session:
        plan = await session.scalar(explain, params)
    [top] = plan if isinstance(plan, list) else json.loads(plan)
    return sum(each["Actual Rows"] * each["Actual Loops"] for each in scans(top["Plan"]))


def scans(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    assert node["Node Type"] != "Seq Scan"
    if "Scan" in node["Node Type"] and "Function" not in node["Node Type"]:
        yield node
    for child in node.get("Plans", ()):
        yield from scans(child)
