"""The place in the queue, and how long it may take; and evaluations that are pushed on, or not awaited any more."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from joust_contracts.events import (
    EvaluationFailed,
    EvaluationSnapshotEvent,
    SubmissionFailed,
    SubmissionReceived,
    SubmissionReEvalRequested,
    SubmissionSnapshotEvent,
)
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.vocabulary import SubmissionStatus
from joust_evaluation.evaluations.jobs import EvaluateAgain, evaluate_again
from joust_evaluation.evaluations.rules import EvaluationStatus
from joust_evaluation.queue.rules import expected_wait_seconds
from joust_kit.identity import Actor
from joust_kit.jobs import JobContext
from joust_kit.testing.component import an_actor


def owner_of(submission: Any) -> Actor:
    return Actor(submission.account_id, submission.agent_id, "agent")


async def ask(bench: Any, actor: Actor, submission_id: Any) -> Any:
    headers = bench.tested.as_actor(actor)
    return await bench.tested.http.get(f"/internal/submissions/{submission_id}/queue", headers=headers)


@pytest.fixture
async def emptied(bench: Any) -> None:
    """Nothing else waits, and nothing was judged before."""
    async with bench.tested.database.transaction() as unit:
        await unit.session.execute(text("TRUNCATE evaluation.evaluations CASCADE"))


async def test_each_that_waits_knows_how_many_came_before_it(bench: Any, emptied: None) -> None:
    task = await bench.known_task()
    waiting = [await bench.hand_in(task) for _ in range(3)]
    places = [(await ask(bench, owner_of(each), each.submission_id)).json() for each in waiting]
    assert [(each["place"], each["ahead"]) for each in places] == [(1, 0), (2, 1), (3, 2)]
    assert {each["expected_wait_seconds"] for each in places} == {None}, "nothing was judged yet"
    await bench.run(waiting[0])
    moved = (await ask(bench, owner_of(waiting[2]), waiting[2].submission_id)).json()
    assert (moved["place"], moved["ahead"]) == (2, 1)
    assert moved["expected_wait_seconds"] >= 0
    assert (await ask(bench, owner_of(waiting[0]), waiting[0].submission_id)).status_code == 404


async def test_a_place_is_told_to_the_agent_and_the_owner_of_the_task_alone(
    bench: Any, emptied: None
) -> None:
    evaluation = await bench.hand_in(await bench.known_task())
    owner = Actor(evaluation.task_owner_id, evaluation.agent_id, "owner")
    assert (await ask(bench, owner, evaluation.submission_id)).status_code == 200
    assert (await ask(bench, an_actor(), evaluation.submission_id)).status_code == 404


async def test_no_more_than_a_thousand_are_counted_from_the_index(bench: Any, emptied: None) -> None:
    last = await bench.hand_in(await bench.known_task())
    many = """
        INSERT INTO evaluation.evaluations (id, version, submission_id, iteration, task_id, task_owner_id,
            account_id, agent_id, agent_display_name, received_at, status, attempt, queued_at, turn_at,
            platform_fault)
        SELECT gen_random_uuid(), 1, gen_random_uuid(), 1, gen_random_uuid(), gen_random_uuid(),
            gen_random_uuid(), gen_random_uuid(), '', now(), 'queued', 0, now(), now() - interval '1 hour',
            false
        FROM generate_series(1, 3000)
        """
    async with bench.tested.database.transaction() as unit:
        await unit.session.execute(text(many))
    assert (await ask(bench, owner_of(last), last.submission_id)).json()["ahead"] == 1000
    async with bench.tested.database.transaction() as unit:
        await unit.session.execute(text("TRUNCATE evaluation.evaluations CASCADE"))


@pytest.mark.parametrize(
    ("ahead", "elapsed", "wait"), [(0, 0, 10), (0, 4, 6), (0, 99, 0), (1, 0, 10), (2, 0, 20), (5, 0, 30)]
)
def test_the_wait_is_that_of_the_rounds_before(ahead: int, elapsed: float, wait: float) -> None:
    expected = expected_wait_seconds(ahead=ahead, workers=2, mean_seconds=10, elapsed_seconds=elapsed)
    assert expected == wait


async def snapshot_of(bench: Any, evaluation: Any, **changes: Any) -> SubmissionSnapshot:
    """The submission whose evaluation it is, as its service would tell it."""
    values = {
        "id": evaluation.submission_id,
        "account_id": evaluation.account_id,
        "agent_id": evaluation.agent_id,
        "version": 9,
        **changes,
    }
    task = bench.a_task(id=evaluation.task_id, owner_id=evaluation.task_owner_id)
    snapshot: SubmissionSnapshot = bench.a_submission(task, evaluation.stored_artifact(), **values)
    return snapshot


async def run_again(bench: Any, evaluation: Any) -> Any:
    context = JobContext(bench.tested.database, bench.resources, None, 1, False)
    await evaluate_again.run(EvaluateAgain(evaluation_id=evaluation.id), context)
    return await bench.read(evaluation)


async def jobs_again(bench: Any, evaluation: Any) -> int:
    jobs = bench.tested.database.tables.jobs
    async with bench.tested.database.reading() as session:
        rows = await session.scalars(jobs.select().with_only_columns(jobs.c.timer_id))
        return list(rows).count(str(evaluation.id))


async def test_an_evaluation_whose_job_is_lost_is_run_when_its_submission_is_told_again(bench: Any) -> None:
    evaluation = await bench.hand_in(await bench.known_task())
    for _ in range(3):
        await bench.tested.deliver(SubmissionSnapshotEvent(submission=await snapshot_of(bench, evaluation)))
    assert await jobs_again(bench, evaluation) == 1
    assert (await run_again(bench, evaluation)).status is EvaluationStatus.COMPLETED


async def test_an_evaluation_that_was_never_heard_of_is_queued_when_its_submission_is_told_again(
    bench: Any,
) -> None:
    task = await bench.known_task()
    submission = bench.a_submission(task, await bench.store(b"zip"))
    await bench.tested.deliver(SubmissionSnapshotEvent(submission=submission))
    assert len(await bench.waiting_jobs(await bench.of_submission(submission.id))) == 1


async def test_a_result_that_got_lost_is_told_again(bench: Any) -> None:
    evaluation = await bench.run(await bench.hand_in(await bench.known_task()))
    await bench.tested.deliver(SubmissionSnapshotEvent(submission=await snapshot_of(bench, evaluation)))
    (told,) = await bench.tested.emitted(EvaluationSnapshotEvent, aggregate_id=evaluation.id)
    assert told.judgement == evaluation.snapshot().judgement
    assert await jobs_again(bench, evaluation) == 0


async def test_what_a_worker_has_in_hand_is_not_judged_a_second_time_beside_it(bench: Any) -> None:
    evaluation = await bench.hand_in(await bench.known_task())
    async with bench.tested.database.transaction() as unit:
        await unit.session.execute(
            text(
                "UPDATE evaluation.evaluations SET status = 'running', attempt = 1, started_at = now(), "
                "eval_mode = 'llm' WHERE id = :id"
            ),
            {"id": evaluation.id},
        )
    assert (await run_again(bench, evaluation)).attempt == 1
    with bench.tested.clock.ahead(timedelta(seconds=bench.resources.lease_seconds + 1)):
        assert (await run_again(bench, evaluation)).status is EvaluationStatus.COMPLETED


async def test_the_next_iteration_is_judged_with_the_same_artifact(bench: Any) -> None:
    first = await bench.run(await bench.hand_in(await bench.known_task()))
    again = await snapshot_of(bench, first, iteration=2)
    for _ in range(2):
        await bench.tested.deliver(SubmissionReEvalRequested(submission=again))
    second = await bench.of_submission(first.submission_id, 2)
    assert (second.artifact, len(await bench.waiting_jobs(second))) == (first.artifact, 1)
    judgement = (await bench.run(second)).judgement
    assert judgement["counting"]["iterations"] == first.judgement["counting"]["iterations"] + 1 == 2
    assert judgement | {"counting": None} == first.judgement | {"counting": None}


async def test_what_nobody_waits_for_any_more_is_ended_and_told(bench: Any) -> None:
    evaluation = await bench.hand_in(await bench.known_task())
    ended = await snapshot_of(
        bench, evaluation, status=SubmissionStatus.EVALUATION_FAILED, error_message="too late"
    )
    await bench.tested.deliver(SubmissionFailed(submission=ended))
    now = await bench.run(evaluation)
    assert (now.status, now.attempt, now.platform_fault) == (EvaluationStatus.FAILED, 0, True)
    (told,) = await bench.tested.emitted(EvaluationFailed, aggregate_id=evaluation.id)
    assert told.platform_fault
    assert await bench.waiting_jobs(evaluation) == []


async def test_what_was_given_up_before_it_was_heard_of_is_never_begun(bench: Any) -> None:
    task = await bench.known_task()
    submission = bench.a_submission(task, await bench.store(b"zip"))
    failed = {"status": SubmissionStatus.EVALUATION_FAILED, "error_message": "too late", "version": 2}
    await bench.tested.deliver(SubmissionFailed(submission=submission.model_copy(update=failed)))
    await bench.tested.deliver(SubmissionReceived(submission=submission))
    evaluation = await bench.of_submission(submission.id)
    assert (evaluation.status, await bench.waiting_jobs(evaluation)) == (EvaluationStatus.FAILED, [])


async def test_a_submission_that_failed_before_its_evaluation_makes_none(bench: Any) -> None:
    submission = bench.a_submission(await bench.known_task(), None, received_at=None)
    failed = submission.model_copy(update={"status": SubmissionStatus.FAILED, "error_message": "no artifact"})
    await bench.tested.deliver(SubmissionFailed(submission=failed))
    with pytest.raises(Exception, match="No row"):
        await bench.of_submission(submission.id)
