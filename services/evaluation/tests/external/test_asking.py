"""The poster's judge is asked once, without a secret in any event, and has its time."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from joust_contracts.events import (
    EvaluationExternalRequested,
    EvaluationFailed,
    EvaluationSnapshotEvent,
    EvaluationStarted,
    JudgeUnreached,
    SubmissionReceived,
    SubmissionSnapshotEvent,
)
from joust_contracts.vocabulary import AttemptError, EvalMode, SubmissionStatus
from joust_evaluation.evaluations.models import UNFINISHED
from joust_evaluation.evaluations.rules import EvaluationStatus
from joust_kit.identity import Actor

RUNNING, FAILED, COMPLETED = EvaluationStatus.RUNNING, EvaluationStatus.FAILED, EvaluationStatus.COMPLETED


async def deadlines(bench: Any, evaluation: Any) -> int:
    """Timers of the evaluation that wait."""
    jobs = bench.tested.database.tables.jobs
    async with bench.tested.database.reading() as session:
        found = await session.scalars(select(jobs.c.timer_id).where(jobs.c.queue == "end_silence"))
        return list(found).count(str(evaluation.id))


async def test_the_judge_is_told_what_the_document_has(judged: Any) -> None:
    evaluation = await judged.asked()
    assert (evaluation.status, evaluation.eval_mode, evaluation.attempt) == (RUNNING, EvalMode.EXTERNAL, 1)
    started, asked = await judged.told(evaluation)
    assert isinstance(started, EvaluationStarted)
    assert isinstance(asked, EvaluationExternalRequested)
    assert (started.version, asked.version) == (2, 3)
    assert asked.judge_url == "https://judge.example/straw"
    assert asked.artifact.key == evaluation.artifact["key"]
    assert asked.answer_within_seconds == 24 * 3600
    request = asked.request
    assert request.callback_url.endswith(f"/api/v1/submissions/{evaluation.submission_id}/external-score")
    assert request.callback_url.startswith("http://")
    assert (request.task.title, request.task.criteria) == (judged.task.title, judged.task.criteria)
    assert request.agent_id == evaluation.agent_id


async def test_no_event_and_no_row_holds_the_token_or_a_signed_url(judged: Any) -> None:
    evaluation = await judged.asked()
    written = json.dumps([each.model_dump(mode="json") for each in await judged.told(evaluation)])
    written += repr(await judged.request(evaluation)) + repr(evaluation)
    for secret in (judged.token, judged.token.removeprefix("straw_evaltok_"), "X-Amz-Signature", "evaltok"):
        assert secret not in written


async def test_a_job_that_runs_again_asks_again_and_begins_nothing(judged: Any) -> None:
    evaluation = await judged.asked()
    first = await judged.request(evaluation)
    again = await judged.bench.run(evaluation)
    assert (again.status, again.attempt) == (RUNNING, 1)
    kinds = [type(each) for each in await judged.told(evaluation)]
    assert kinds == [EvaluationStarted, EvaluationExternalRequested, EvaluationExternalRequested]
    assert (await judged.request(evaluation)).model_dump() == first.model_dump()
    assert await deadlines(judged.bench, evaluation) == 1


async def test_workers_at_the_same_time_begin_once(judged: Any) -> None:
    evaluation = await judged.bench.hand_in(judged.task)
    await asyncio.gather(*(judged.bench.run(evaluation) for _ in range(4)))
    told = await judged.told(evaluation)
    assert sum(isinstance(each, EvaluationStarted) for each in told) == 1
    assert [each.version for each in told] == list(range(2, 2 + len(told)))


async def test_a_submission_without_an_artifact_is_nobodys_to_judge(judged: Any) -> None:
    submission = judged.bench.a_submission(judged.task, None, received_at=None)
    await judged.bench.tested.deliver(SubmissionReceived(submission=submission))
    done = await judged.bench.run(await judged.bench.of_submission(submission.id))
    assert (done.status, done.platform_fault) == (FAILED, True)
    assert "no artifact" in done.failure_reason


async def test_what_its_judge_has_stands_in_no_queue_of_ours(judged: Any) -> None:
    evaluation = await judged.asked()
    other = await judged.bench.hand_in(await judged.bench.known_task())
    agent = Actor(evaluation.account_id, evaluation.agent_id, "agent")
    place = await judged.ask("GET", f"submissions/{evaluation.submission_id}/queue", actor=agent)
    assert place.status_code == 404
    async with judged.bench.tested.database.reading() as session:
        ahead = set(await session.scalars(text(f"SELECT id FROM evaluation.evaluations WHERE {UNFINISHED}")))
    assert other.id in ahead
    assert evaluation.id not in ahead


async def test_who_asks_after_it_is_told_that_it_is_under_way(judged: Any) -> None:
    evaluation = await judged.asked()
    submission = judged.bench.a_submission(
        judged.task,
        evaluation.stored_artifact(),
        id=evaluation.submission_id,
        status=SubmissionStatus.RUNNING,
    )
    await judged.bench.tested.deliver(SubmissionSnapshotEvent(submission=submission))
    told = await judged.bench.tested.emitted(EvaluationSnapshotEvent, evaluation_id=evaluation.id)
    assert [(each.ended_at, each.judgement) for each in told] == [(None, None)]


class TestSilence:
    """What becomes of an evaluation whose judge does not answer."""

    async def test_after_its_time_the_evaluation_fails_and_costs_no_quota(self, judged: Any) -> None:
        evaluation = await judged.asked()
        await judged.bench.tested.run_jobs("end_silence", also_future=True)
        done = await judged.bench.read(evaluation)
        assert (done.status, done.platform_fault) == (FAILED, True)
        assert done.failure_reason == "The poster's judge did not answer within 24 hours."
        *_, told = await judged.told(evaluation)
        assert isinstance(told, EvaluationFailed)
        assert told.platform_fault

    async def test_not_a_moment_before(self, judged: Any) -> None:
        evaluation = await judged.asked()
        await judged.bench.tested.run_jobs("end_silence")
        assert (await judged.bench.read(evaluation)).status is RUNNING

    @pytest.mark.parametrize(
        ("status", "error", "named"),
        [
            (None, AttemptError.ADDRESS_NOT_ALLOWED, "address_not_allowed"),
            (None, AttemptError.TIMEOUT, "timeout"),
            (307, None, "status 307"),
        ],
    )
    async def test_a_request_that_nobody_took_is_named_as_the_cause(
        self, judged: Any, status: int | None, error: AttemptError | None, named: str
    ) -> None:
        evaluation = await judged.asked()
        event = JudgeUnreached(
            evaluation_id=evaluation.id,
            task_id=judged.task.id,
            version=11,
            attempts=10,
            last_status=status,
            last_error=error,
        )
        await judged.bench.tested.deliver(event)
        await judged.bench.tested.deliver(event.model_copy(update={"attempts": 99}))
        assert (await judged.bench.read(evaluation)).status is RUNNING, "the judge may come for its work"
        await judged.bench.tested.run_jobs("end_silence", also_future=True)
        reason = (await judged.bench.read(evaluation)).failure_reason
        assert "10 attempts" in reason
        assert named in reason

    async def test_a_score_in_time_stops_the_clock(self, judged: Any) -> None:
        evaluation = await judged.asked()
        assert (await judged.post(evaluation)).status_code == 200
        assert await deadlines(judged.bench, evaluation) == 0

    async def test_silence_and_a_score_at_once_end_it_once(self, judged: Any) -> None:
        for _ in range(3):
            evaluation = await judged.asked()
            await asyncio.gather(
                judged.bench.tested.run_jobs("end_silence", also_future=True), judged.post(evaluation)
            )
            told = await judged.told(evaluation)
            ends = [
                each for each in told if not isinstance(each, EvaluationStarted | EvaluationExternalRequested)
            ]
            assert len(ends) == 1
            assert (await judged.bench.read(evaluation)).status in {FAILED, COMPLETED}

    async def test_the_time_is_a_setting(self, judged: Any) -> None:
        from dataclasses import replace

        external = replace(judged.bench.resources.external, deadline=timedelta(minutes=90))
        evaluation = await judged.bench.run(await judged.bench.hand_in(judged.task), external=external)
        await judged.bench.tested.run_jobs("end_silence", also_future=True)
        assert "within 1.5 hours" in (await judged.bench.read(evaluation)).failure_reason
