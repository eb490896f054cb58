"""The order in SQL is the order of the rule."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from functools import cmp_to_key
from itertools import pairwise, product
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from joust_kit.testing.component import ServiceUnderTest
from joust_ranking.ranks import repository as ranks
from joust_ranking.standings import repository
from joust_ranking.standings.models import Board, Scored
from joust_ranking.standings.rules import PODIUM, Place, is_better

from .arena import START, Arena, new_id

PLACES = [
    Place(score, START + timedelta(milliseconds=late), UUID(int=id), 1)
    for score, late, id in product((50.0, 50.01), (0, 1, 60_000, 3_600_000), (1, 2))
]


def better_first(one: Place, other: Place) -> int:
    return -1 if is_better(one, other) else 1


def a_standing(place: Place) -> Scored:
    return Scored(place, new_id(), new_id(), "Ada", test_score=None, llm_score=None)


async def stand(session: AsyncSession, task_id: UUID, places: Iterable[Place]) -> None:
    board = await repository.lock_board(session, task_id)
    for place in places:
        await repository.stand(session, board, a_standing(place), None)


async def test_ranks_the_winner_and_the_list_follow_the_rule(ranking: ServiceUnderTest, arena: Arena) -> None:
    await arena.deliver(arena.published())
    task_id = arena.task_id
    best_first = sorted(PLACES, key=cmp_to_key(better_first))
    async with ranking.database.transaction() as unit:
        await stand(unit.session, task_id, reversed(best_first))
    async with ranking.database.reading() as session:
        found = [await ranks.rank_of(session, task_id, place) for place in best_first]
        listed = await repository.find_page(session, task_id, 100, None)
        second = await repository.find_page(session, task_id, 2, best_first[2])
        best = await repository.find_best(session, task_id)
        of_each = await repository.find_best_of_each(session, [task_id, new_id()])
    assert found == list(range(1, len(best_first) + 1))
    assert listed is not None
    assert [standing.place for standing in listed.best] == best_first
    assert second is not None
    assert [standing.place for standing in second.best] == best_first[3:5]
    assert all(is_better(one.place, other.place) for one, other in pairwise(listed.best))
    assert [standing.place for standing in best] == best_first[:PODIUM]
    assert of_each == {task_id: best}


async def test_a_board_that_many_want_first_is_made_once(ranking: ServiceUnderTest) -> None:
    task_id = new_id()

    async def count_one_change() -> None:
        async with ranking.database.transaction() as unit:
            board = await repository.lock_board(unit.session, task_id)
            board.changes += 1
            await repository.put_board(unit.session, board)

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
