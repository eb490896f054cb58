"""When ranks are final, and when that is told again."""

import asyncio

from joust_contracts.events import EventData
from joust_kit.testing.component import an_actor

from .arena import Arena, Handed


async def test_a_closed_task_without_submissions_is_ranked_without_a_winner(arena: Arena) -> None:
    await arena.deliver(arena.created(), arena.published(), arena.closed())
    [told] = await arena.ranked()
    assert (told.winner, told.entries_count) == (None, 0)


async def test_an_open_task_is_not_ranked(arena: Arena) -> None:
    await arena.deliver(arena.created(), arena.published())
    await arena.score(an_actor(), 50)
    assert await arena.ranked() == []


async def test_the_best_entry_wins_when_the_deadline_passes(arena: Arena) -> None:
    winner = an_actor()
    best = await arena.score(winner, 90)
    await arena.score(an_actor(), 80)
    await arena.deliver(arena.deadline_passed())
    [told] = await arena.ranked()
    assert told.winner is not None
    assert (told.winner.account_id, told.winner.submission_id) == (winner.account_id, best.id)
    assert (told.winner.rank, told.winner.final_score, told.entries_count) == (1, 90, 2)


async def test_the_winner_stands_by_the_score_that_just_came(arena: Arena) -> None:
    agent = an_actor()
    await arena.score(agent, 40)
    better = Handed(agent)
    await arena.deliver(arena.received(better), arena.closed(), arena.completed(better, 95))
    [told] = await arena.ranked()
    assert told.winner is not None
    assert (told.winner.submission_id, told.winner.final_score) == (better.id, 95)


async def test_ranks_wait_for_the_last_result(arena: Arena) -> None:
    one, other = Handed(an_actor()), Handed(an_actor())
    await arena.deliver(arena.received(one), arena.received(other), arena.deadline_passed())
    await arena.deliver(arena.completed(one, 50))
    assert await arena.ranked() == []
    await arena.deliver(arena.completed(other, 60))
    [told] = await arena.ranked()
    assert told.winner is not None
    assert told.winner.submission_id == other.id


async def test_ranks_do_not_wait_for_a_result_that_will_not_come(arena: Arena) -> None:
    handed = Handed(an_actor())
    await arena.deliver(arena.received(handed), arena.deadline_passed(), arena.failed(handed))
    [told] = await arena.ranked()
    assert told.winner is None


async def test_a_result_that_comes_before_its_submission_leaves_nothing_in_flight(arena: Arena) -> None:
    scored, failed = Handed(an_actor()), Handed(an_actor())
    await arena.deliver(arena.completed(scored, 50), arena.failed(failed))
    await arena.deliver(arena.received(scored), arena.received(failed))
    assert (await arena.board()).in_flight == 0
    await arena.deliver(arena.closed())
    assert len(await arena.ranked()) == 1


async def test_closing_after_the_deadline_tells_nothing_new(arena: Arena) -> None:
    await arena.deliver(arena.deadline_passed(), arena.closed())
    await arena.deliver(arena.deadline_passed(), arena.closed())
    assert len(await arena.ranked()) == 1


async def test_a_late_result_is_ranked_again_with_a_higher_version(arena: Arena) -> None:
    early, late = Handed(an_actor()), Handed(an_actor())
    await arena.deliver(arena.received(early), arena.completed(early, 50), arena.closed())
    await arena.deliver(arena.received(late), arena.completed(late, 70))
    first, second = await arena.ranked()
    assert first.winner is not None
    assert second.winner is not None
    assert [first.winner.submission_id, second.winner.submission_id] == [early.id, late.id]
    assert first.version < second.version


async def test_news_of_a_submission_whose_result_is_known_is_not_told(arena: Arena) -> None:
    handed = Handed(an_actor())
    await arena.deliver(arena.completed(handed, 50), arena.closed(), arena.received(handed))
    assert len(await arena.ranked()) == 1


async def test_a_second_evaluation_after_the_close_is_waited_for(arena: Arena) -> None:
    handed = Handed(an_actor())
    await arena.deliver(arena.received(handed), arena.failed(handed), arena.received(handed.again()))
    await arena.deliver(arena.closed())
    assert await arena.ranked() == []
    await arena.deliver(arena.completed(handed.again(), 50))
    assert len(await arena.ranked()) == 1


async def test_versions_rise_over_both_kinds_of_news(arena: Arena) -> None:
    await arena.score(an_actor(), 10)
    await arena.score(an_actor(), 20)
    await arena.deliver(arena.closed())
    await arena.score(an_actor(), 30)
    await arena.score(an_actor(), 5)
    assert await arena.versions() == [2, 4, 7, 8, 9, 10, 11]


async def test_the_close_and_the_last_results_at_once_end_in_one_final_word(arena: Arena) -> None:
    handed = [Handed(an_actor()) for _ in range(4)]
    await arena.deliver(*map(arena.received, handed))
    told: list[EventData] = [arena.completed(each, 10.0 * rank) for rank, each in enumerate(handed)]
    await asyncio.gather(*map(arena.deliver, [*told, arena.deadline_passed(), arena.closed()]))
    [ranked] = await arena.ranked()
    assert ranked.winner is not None
    assert (ranked.winner.submission_id, ranked.entries_count) == (handed[-1].id, 4)
    versions = await arena.versions()
    assert versions == sorted(set(versions))
