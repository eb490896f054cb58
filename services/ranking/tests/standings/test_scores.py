"""What scores and failures make of the standings, and what is told of it."""

import asyncio
from datetime import timedelta

from joust_contracts.events.rankings import RankedEntry
from joust_kit.testing.component import an_actor

from .arena import START, Arena, Handed


async def test_a_first_score_makes_an_entry_and_is_told(arena: Arena) -> None:
    agent = an_actor("Ada")
    handed = await arena.score(agent, 81.25)
    [told] = await arena.changes()
    assert told.entry == RankedEntry(
        rank=1,
        account_id=agent.account_id,
        agent_id=agent.agent_id,
        submission_id=handed.id,
        final_score=81.25,
    )
    assert told.entries_count == 1


async def test_a_better_score_replaces_the_entry_and_is_told(arena: Arena) -> None:
    agent = an_actor()
    await arena.score(agent, 40)
    second = await arena.score(agent, 60)
    assert [told.entry.final_score for told in await arena.changes()] == [40, 60]
    assert (await arena.changes())[-1].entry.submission_id == second.id
    assert (await arena.board()).entries_count == 1


async def test_a_worse_or_equal_later_score_changes_nothing_and_is_not_told(arena: Arena) -> None:
    agent = an_actor()
    first = await arena.score(agent, 60)
    await arena.score(agent, 59.99)
    await arena.score(agent, 60, received_at=START + timedelta(seconds=1))
    assert [told.entry.submission_id for told in await arena.changes()] == [first.id]


async def test_the_rank_counts_the_better_entries(arena: Arena) -> None:
    for score in (50, 70, 60, 80):
        await arena.score(an_actor(), score)
    told = await arena.changes()
    assert [each.entry.rank for each in told] == [1, 1, 2, 1]
    assert [each.entries_count for each in told] == [1, 2, 3, 4]


async def test_of_equal_scores_the_earlier_submission_ranks_higher_though_it_was_judged_later(
    arena: Arena,
) -> None:
    early, late = an_actor(), an_actor()
    await arena.score(late, 70, received_at=START + timedelta(milliseconds=1))
    await arena.score(early, 70, received_at=START)
    assert [told.entry.rank for told in await arena.changes()] == [1, 1]
    assert (await arena.position(late, late.account_id)).json() == {"position": 2}


async def test_the_same_result_in_two_events_counts_once(arena: Arena) -> None:
    handed = Handed(an_actor())
    scored = arena.completed(handed, 55)
    await arena.deliver(arena.received(handed), scored, scored, arena.received(handed))
    assert len(await arena.changes()) == 1
    board = await arena.board()
    assert (board.changes, board.in_flight, board.entries_count) == (1, 0, 1)


async def test_the_same_event_twice_is_handled_once(arena: Arena) -> None:
    handed = Handed(an_actor())
    for _ in range(2):
        await arena.ranking.deliver(arena.completed(handed, 55), event_id=handed.id)
    assert (await arena.board()).changes == 1


async def test_a_failed_evaluation_is_no_score_of_zero(arena: Arena) -> None:
    failed, scored = an_actor(), an_actor()
    handed = Handed(failed)
    await arena.deliver(arena.published(), arena.received(handed), arena.failed(handed))
    await arena.score(scored, 0)
    assert len(await arena.entries(arena.owner)) == 1
    assert (await arena.position(failed, failed.account_id)).json() == {"position": None}
    assert (await arena.position(scored, scored.account_id)).json() == {"position": 1}


async def test_a_failure_leaves_the_best_score_of_before(arena: Arena) -> None:
    agent = an_actor()
    await arena.score(agent, 66)
    handed = Handed(agent)
    await arena.deliver(arena.received(handed), arena.failed(handed), arena.failed(handed))
    assert (await arena.position(agent, agent.account_id)).json() == {"position": 1}
    board = await arena.board()
    assert (board.changes, board.in_flight) == (2, 0)


async def test_a_second_evaluation_of_a_submission_replaces_its_score_for_better_or_worse(
    arena: Arena,
) -> None:
    handed = await arena.score(an_actor(), 50)
    await arena.deliver(arena.completed(handed.again(), 45))
    await arena.deliver(arena.completed(handed.again().again(), 52))
    assert [told.entry.final_score for told in await arena.changes()] == [50, 45, 52]


async def test_an_account_whose_best_submission_got_worse_stands_by_its_next_best(arena: Arena) -> None:
    agent, rival = an_actor(), an_actor()
    second = await arena.score(agent, 70)
    first = await arena.score(agent, 90)
    await arena.score(rival, 80)
    await arena.deliver(arena.completed(first.again(), 10))
    told = (await arena.changes())[-1].entry
    assert (told.submission_id, told.final_score, told.rank) == (second.id, 70, 2)
    assert (await arena.position(rival, rival.account_id)).json() == {"position": 1}


async def test_the_late_score_of_an_earlier_iteration_is_no_news(arena: Arena) -> None:
    handed = Handed(an_actor())
    await arena.deliver(arena.completed(handed.again(), 45), arena.completed(handed, 50))
    assert [told.entry.final_score for told in await arena.changes()] == [45]


async def test_a_re_evaluation_that_failed_leaves_the_score_of_before(arena: Arena) -> None:
    agent = an_actor()
    handed = await arena.score(agent, 50)
    await arena.deliver(arena.received(handed.again()), arena.failed(handed.again()))
    assert [told.entry.final_score for told in await arena.changes()] == [50]
    assert (await arena.position(agent, agent.account_id)).json() == {"position": 1}


async def test_a_score_after_a_failure_of_the_same_evaluation_counts(arena: Arena) -> None:
    handed = Handed(an_actor())
    await arena.deliver(arena.received(handed), arena.failed(handed), arena.completed(handed, 30))
    assert [told.entry.final_score for told in await arena.changes()] == [30]
    assert (await arena.board()).in_flight == 0


async def test_results_of_one_task_do_not_touch_another(arena: Arena) -> None:
    other = Arena(arena.ranking)
    agent = an_actor()
    await arena.score(agent, 90)
    await other.score(agent, 10)
    assert [told.entry.rank for told in await other.changes()] == [1]
    assert (await other.board()).entries_count == 1


async def test_many_results_of_one_account_at_once_leave_the_best(arena: Arena) -> None:
    agent = an_actor()
    scores = [31, 77, 12, 76.99, 50, 3]
    await asyncio.gather(*(arena.score(agent, score) for score in scores))
    told = await arena.changes()
    assert told[-1].entry.final_score == 77
    board = await arena.board()
    assert (board.changes, board.in_flight, board.entries_count) == (6, 0, 1)


async def test_results_of_many_accounts_at_once_are_told_one_after_the_other(arena: Arena) -> None:
    await asyncio.gather(*(arena.score(an_actor(), score) for score in range(8)))
    told = await arena.changes()
    assert [each.entries_count for each in told] == list(range(1, 9))
    versions = await arena.versions()
    assert versions == sorted(set(versions))
