"""Whose turn it is: nobody's backlog holds up others, and nobody's work waits while workers are idle."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from joust_evaluation.evaluations.jobs import EvaluateSubmission, evaluate, evaluate_later
from joust_evaluation.queue import repository
from joust_evaluation.queue.rules import ACCOUNT_SPACING, LONGEST_HANDICAP, TASK_SPACING, delay_of_turn
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.jobs import JobContext

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def nothing_waits(bench: Any) -> None:
    """Neither work nor turns of other tests."""
    async with bench.tested.database.transaction() as unit:
        await unit.session.execute(text("TRUNCATE evaluation.evaluations, evaluation.next_turns CASCADE"))
        await unit.session.execute(bench.tested.database.tables.jobs.delete())


async def order_of_jobs(bench: Any) -> list[Any]:
    """Evaluation ids in the order in which workers take their jobs."""
    jobs = bench.tested.database.tables.jobs
    ready = (
        select(jobs.c.payload)
        .where(jobs.c.queue == evaluate.queue, jobs.c.next_attempt_at <= text("now()"))
        .order_by(jobs.c.next_attempt_at, jobs.c.id)
    )
    async with bench.tested.database.reading() as session:
        rows = (await session.scalars(ready)).all()
    return [EvaluateSubmission.model_validate_json(bytes(row)).evaluation_id for row in rows]


async def test_the_backlog_of_one_agent_does_not_hold_up_another_in_the_same_task(bench: Any) -> None:
    task, busy = await bench.known_task(), RandomIds().new()
    backlog = [await bench.hand_in(task, account_id=busy) for _ in range(12)]
    single = await bench.hand_in(task)
    order = await order_of_jobs(bench)
    assert order[:2] == [backlog[0].id, single.id]
    assert order[2:] == [each.id for each in backlog[1:]], "an agent's own work stays in its order"


async def test_a_crowded_task_does_not_hold_up_a_quiet_one(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than handing in takes, however busy the machine is.
    monkeypatch.setattr(repository, "TASK_SPACING", timedelta(hours=1))
    crowded, quiet = await bench.known_task(), await bench.known_task()
    crowd = [await bench.hand_in(crowded) for _ in range(12)]
    single = await bench.hand_in(quiet)
    order = await order_of_jobs(bench)
    assert order[:2] == [crowd[0].id, single.id]
    assert order[2:] == [each.id for each in crowd[1:]]


async def test_whatever_the_turn_the_job_is_due_at_once(bench: Any) -> None:
    task, busy = await bench.known_task(), RandomIds().new()
    async with bench.tested.database.transaction() as unit:
        far = "INSERT INTO evaluation.next_turns VALUES ('account', :id, now() + interval '30 days')"
        await unit.session.execute(text(far), {"id": busy})
    evaluation = await bench.hand_in(task, account_id=busy)
    assert await order_of_jobs(bench) == [evaluation.id]


def test_the_longest_handicap_is_due_now() -> None:
    assert delay_of_turn(NOW + LONGEST_HANDICAP, NOW) == timedelta(0)
    assert delay_of_turn(NOW, NOW) == -LONGEST_HANDICAP


async def test_turns_drawn_at_the_same_time_are_all_different(bench: Any) -> None:
    task, busy = await bench.known_task(), RandomIds().new()
    handed_in = await asyncio.gather(*(bench.hand_in(task, account_id=busy) for _ in range(8)))
    turns = sorted(each.turn_at for each in handed_in)
    gaps = {later - earlier for earlier, later in itertools.pairwise(turns)}
    assert gaps == {ACCOUNT_SPACING}


async def test_a_backlog_counts_once_in_its_task(bench: Any) -> None:
    task, busy = await bench.known_task(), RandomIds().new()
    for _ in range(5):
        await bench.hand_in(task, account_id=busy)
    other = await bench.hand_in(task)
    assert other.turn_at - other.queued_at <= TASK_SPACING


async def test_the_place_in_the_queue_follows_the_turns(bench: Any) -> None:
    task, busy = await bench.known_task(), RandomIds().new()
    backlog = [await bench.hand_in(task, account_id=busy) for _ in range(4)]
    single = await bench.hand_in(task)
    headers = bench.tested.as_actor(Actor(single.account_id, single.agent_id, "agent"))
    answer = await bench.tested.http.get(
        f"/internal/submissions/{single.submission_id}/queue", headers=headers
    )
    assert answer.json()["place"] == 2
    assert len(backlog) == 4


async def test_work_that_comes_back_stands_where_it_stood(bench: Any) -> None:
    task = await bench.known_task()
    first, second = await bench.hand_in(task), await bench.hand_in(task)
    body = EvaluateSubmission(evaluation_id=first.id, attempt=2)
    context = JobContext(bench.tested.database, bench.resources, None, 1, False)
    async with bench.tested.database.transaction() as unit:
        jobs = bench.tested.database.tables.jobs
        await unit.session.execute(jobs.delete().where(jobs.c.timer_id.startswith(str(first.id))))
    for _ in range(2):
        await evaluate_later.run(body, context)
    assert await order_of_jobs(bench) == [first.id, second.id]


async def test_work_that_has_its_result_does_not_come_back(bench: Any) -> None:
    done = await bench.run(await bench.hand_in(await bench.known_task()))
    async with bench.tested.database.transaction() as unit:
        await unit.session.execute(bench.tested.database.tables.jobs.delete())
    context = JobContext(bench.tested.database, bench.resources, None, 1, False)
    await evaluate_later.run(EvaluateSubmission(evaluation_id=done.id, attempt=2), context)
    assert await order_of_jobs(bench) == []
