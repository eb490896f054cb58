"""What follows on a received submission."""

from typing import Any

import pytest
from sqlalchemy import update

from joust_contracts.events import EVENTS_BY_TYPE, SubmissionReceived, TaskCreated
from joust_contracts.events.tasks import TestSuiteRef
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import EvalMode
from joust_evaluation.evaluations.jobs import (
    EvaluateSubmission,
    evaluate,
    evaluate_external,
    evaluate_long,
)
from joust_evaluation.evaluations.lanes import Lane, lane_of
from joust_evaluation.evaluations.rules import EvaluationStatus
from joust_evaluation.subscriptions import SUBSCRIPTIONS
from joust_evaluation.tasks.models import KnownTask
from joust_kit.ids import RandomIds
from joust_kit.jobs import Job

SUITE = TestSuiteRef(key="suites/none.json", sha256="0" * 64, size_bytes=1, cases_count=1)


async def test_a_received_submission_is_queued_with_one_job(bench: Any) -> None:
    task = await bench.known_task()
    evaluation = await bench.hand_in(task)
    assert (evaluation.status, evaluation.version, evaluation.attempt) == (EvaluationStatus.QUEUED, 1, 0)
    assert len(await bench.waiting_jobs(evaluation)) == 1
    assert await bench.told(evaluation) == []


async def test_the_same_iteration_under_another_event_is_not_queued_again(bench: Any) -> None:
    task = await bench.known_task()
    submission = bench.a_submission(task, await bench.store(b"zip"))
    await bench.tested.deliver(SubmissionReceived(submission=submission))
    await bench.tested.deliver(SubmissionReceived(submission=submission))
    later = submission.model_copy(update={"version": 5})
    await bench.tested.deliver(SubmissionReceived(submission=later))
    evaluation = await bench.of_submission(submission.id)
    assert len(await bench.waiting_jobs(evaluation)) == 1


async def test_each_iteration_has_its_evaluation_also_if_the_later_one_comes_first(bench: Any) -> None:
    task = await bench.known_task()
    submission = bench.a_submission(task, await bench.store(b"zip"))
    for iteration, version in ((2, 6), (1, 1)):
        changes = {"iteration": iteration, "version": version}
        await bench.tested.deliver(SubmissionReceived(submission=submission.model_copy(update=changes)))
    first = await bench.of_submission(submission.id, 1)
    second = await bench.of_submission(submission.id, 2)
    assert first.id != second.id


async def test_the_job_keeps_the_correlation_of_the_request_that_caused_it(bench: Any) -> None:
    task = await bench.known_task()
    evaluation = await bench.hand_in(task)
    jobs = bench.tested.database.tables.jobs
    async with bench.tested.database.transaction(correlation_id="from-the-gateway") as unit:
        from joust_evaluation.evaluations.jobs import EvaluateSubmission, evaluate

        await unit.session.execute(update(jobs).values(queue="parked").where(jobs.c.queue == "evaluate"))
        await unit.schedule(evaluate, EvaluateSubmission(evaluation_id=evaluation.id))
    await bench.tested.run_jobs("evaluate")
    told = [each for each in await bench.tested.all_emitted() if each.subject == evaluation.id]
    assert {each.correlation_id for each in told} == {"from-the-gateway"}
    assert len(told) == 2


@pytest.mark.parametrize(
    ("changes", "job"),
    [
        ({}, evaluate),
        ({"test_suite": SUITE}, evaluate_long),
        ({"eval_mode": EvalMode.CONTAINER, "eval_image": "judge:1"}, evaluate_long),
        ({"eval_mode": EvalMode.HYBRID, "eval_image": "judge:1"}, evaluate_long),
        ({"eval_mode": EvalMode.EXTERNAL, "eval_callback_url": "https://judge.example"}, evaluate_external),
    ],
)
async def test_work_of_a_known_task_waits_in_its_own_lane_alone(
    bench: Any, changes: dict[str, Any], job: Job[EvaluateSubmission]
) -> None:
    evaluation = await bench.hand_in(await bench.known_task(**changes))
    jobs = (evaluate, evaluate_long, evaluate_external)
    waiting = {each.queue for each in jobs if await bench.waiting_jobs(evaluation, each)}
    assert waiting == {job.queue}


async def test_a_judge_of_the_posters_is_asked_while_a_language_model_does_not_answer(bench: Any) -> None:
    evaluation = await bench.hand_in(
        await bench.known_task(eval_mode=EvalMode.EXTERNAL, eval_callback_url="https://judge.example")
    )
    await bench.tested.run_jobs("evaluate_external")
    assert (await bench.read(evaluation)).status is EvaluationStatus.RUNNING


async def test_work_that_executes_something_moves_into_the_long_lane_once(bench: Any) -> None:
    task = bench.a_task(eval_mode=EvalMode.CONTAINER, eval_image="judge:1")
    evaluation = await bench.hand_in(task)
    await bench.tested.deliver(TaskCreated(task=task))
    for _ in range(2):
        evaluation = await bench.run(evaluation)
    assert (evaluation.status, evaluation.attempt) == (EvaluationStatus.QUEUED, 0)
    assert len(await bench.waiting_jobs(evaluation, evaluate_long)) == 1


def test_a_task_with_a_test_suite_executes_something() -> None:
    values = {"id": RandomIds().new(), "version": 1, "title": "", "description": "", "input_spec": ""}
    task = KnownTask(**values, output_spec="", eval_mode=EvalMode.LLM, criteria=[])
    assert lane_of(task) is Lane.QUICK
    task.test_suite = {"key": "k", "sha256": "s", "size_bytes": 1, "cases_count": 1}
    assert lane_of(task) is Lane.LONG


def test_the_service_emits_what_it_declares_and_only_its_own() -> None:
    assert SUBSCRIPTIONS.service is ServiceName.EVALUATION
    assert all(event.source is ServiceName.EVALUATION for event in SUBSCRIPTIONS.emits)
    own = {event for event in EVENTS_BY_TYPE.values() if event.source is ServiceName.EVALUATION}
    assert set(SUBSCRIPTIONS.emits) == own


async def test_readiness_reports_storage_the_database_and_kafka(bench: Any) -> None:
    answer = await bench.tested.http.get("/readyz")
    assert answer.status_code == 200, answer.text
    assert answer.json()["checks"] == {"database": "ok", "kafka": "ok", "storage": "ok"}
