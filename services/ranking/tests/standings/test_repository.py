"""The order in SQL is the order of the rule, and the atomic write needs no lock to keep the best."""

import asyncio
from datetime import timedelta
from functools import cmp_to_key
from itertools import pairwise, product
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from joust_kit.testing.component import ServiceUnderTest
from joust_ranking.standings import repository
from joust_ranking.standings.models import Board, Standing
from joust_ranking.standings.rules import Place, is_better

from .arena import START, new_id

PLACES = [
    Place(score, START + timedelta(milliseconds=late), UUID(int=id), iteration)
    for score, late, id, iteration in product((50.0, 50.01), (0, 1), (1, 2), (1, 2))
]


def better_first(one: Place, other: Place) -> int:
    return -1 if is_better(one, other) else 1


def a_standing(task_id: UUID, account_id: UUID, place: Place) -> Standing:
    return Standing(
        task_id=task_id,
        account_id=account_id,
        agent_id=new_id(),
        agent_display_name="Ada",
        best_score=place.score,
        test_score=None,
        llm_score=None,
        best_submission_id=place.submission_id,
        best_iteration=place.iteration,
        best_received_at=place.received_at,
    )


async def put(ranking: ServiceUnderTest, standing: Standing) -> None:
    async with ranking.database.transaction() as unit:
        await repository.put_best(unit.session, standing)


async def best_of(ranking: ServiceUnderTest, task_id: UUID, account_id: UUID) -> Place | None:
    async with ranking.database.reading() as session:
        return await repository.find_place(session, task_id, account_id)


async def test_of_two_results_the_statement_keeps_the_one_that_the_rule_prefers(
    ranking: ServiceUnderTest,
) -> None:
    task_id = new_id()
    async with ranking.database.transaction() as unit:
        for one, other in product(PLACES, PLACES):
            account_id = new_id()
            await repository.put_best(unit.session, a_standing(task_id, account_id, one))
            await repository.put_best(unit.session, a_standing(task_id, account_id, other))
            kept = await repository.find_place(unit.session, task_id, account_id)
            assert kept == (other if is_better(other, one) else one)


async def test_ranks_and_the_list_follow_the_rule(ranking: ServiceUnderTest) -> None:
    task_id = new_id()
    first_iterations = [place for place in PLACES if place.iteration == 1]
    best_first = sorted(first_iterations, key=cmp_to_key(better_first))
    async with ranking.database.transaction() as unit:
        unit.session.add(Board(task_id=task_id, entries_count=len(best_first)))
        for place in reversed(best_first):
            await repository.put_best(unit.session, a_standing(task_id, new_id(), place))
    async with ranking.database.reading() as session:
        ranks = [await repository.rank_of(session, task_id, place) for place in best_first]
        listed, entries_count = await repository.list_best(session, task_id, 100)
        winner = await repository.find_winner(session, task_id)
    assert ranks == list(range(1, len(best_first) + 1))
    assert [standing.place for standing in listed] == best_first
    assert all(is_better(one.place, other.place) for one, other in pairwise(listed))
    assert entries_count == len(best_first)
    assert winner is not None
    assert winner.place == best_first[0]


async def test_writers_without_the_lock_leave_the_best_of_all(ranking: ServiceUnderTest) -> None:
    task_id, account_id = new_id(), new_id()
    await asyncio.gather(*(put(ranking, a_standing(task_id, account_id, place)) for place in PLACES))
    best = Place(50.01, START, UUID(int=1), 1)
    assert await best_of(ranking, task_id, account_id) == best


async def test_a_board_that_many_want_first_is_made_once(ranking: ServiceUnderTest) -> None:
    task_id = new_id()

    async def count_one_change() -> None:
        async with ranking.database.transaction() as unit:
            board = await repository.lock_board(unit.session, task_id)
            board.changes += 1

    await asyncio.gather(*(count_one_change() for _ in range(6)))
    async with ranking.database.reading() as session:
        assert (await session.get_one(Board, task_id)).changes == 6


@pytest.mark.parametrize("column", ["changes", "in_flight", "entries_count"])
async def test_the_database_refuses_a_count_below_zero(ranking: ServiceUnderTest, column: str) -> None:
    board = Board(task_id=new_id())
    setattr(board, column, -1)
    with pytest.raises(IntegrityError):
        async with ranking.database.transaction() as unit:
            unit.session.add(board)


async def test_a_rank_is_counted_from_the_index_alone(ranking: ServiceUnderTest) -> None:
    task_id = new_id()
    plan = text(
        "EXPLAIN SELECT count(*) FROM ranking.standings WHERE task_id = :task AND best_score >= 50 AND "
        "(best_score > 50 OR best_score = 50 AND (best_received_at, best_submission_id) < (now(), :task))"
    )
    async with ranking.database.transaction() as unit:
        await unit.session.execute(text("SET LOCAL enable_seqscan = off"))
        await unit.session.execute(text("SET LOCAL enable_bitmapscan = off"))
        lines = "\n".join(await unit.session.scalars(plan, {"task": task_id}))
    assert "Index Only Scan using ix_standings_task_best_first" in lines
