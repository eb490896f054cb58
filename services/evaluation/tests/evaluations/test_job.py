"""The job that judges: results, failures, retries, waiting, and everything happening twice."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from joust_contracts.events import (
    EvaluationCompleted,
    EvaluationFailed,
    EvaluationStarted,
    SubmissionReceived,
)
from joust_contracts.vocabulary import EvalMode
from joust_evaluation.evaluations import jobs
from joust_evaluation.evaluations.jobs import evaluate_later, evaluate_long
from joust_evaluation.evaluations.rules import MAX_STARTS, NOT_WRITABLE, EvaluationStatus
from joust_evaluation.judges.base import JudgeUnavailable
from joust_kit.database.unit_of_work import UnitOfWork

COMPLETED, FAILED, RUNNING = EvaluationStatus.COMPLETED, EvaluationStatus.FAILED, EvaluationStatus.RUNNING
BUSY = JudgeUnavailable("The judge's model is currently experiencing high demand (503).")


class TestResult:
    """An evaluation that goes well."""

    async def test_the_judgement_is_written_and_told_with_every_dimension(self, bench: Any) -> None:
        task = await bench.known_task()
        evaluation = await bench.run(await bench.hand_in(task))
        assert (evaluation.status, evaluation.attempt, evaluation.version) == (COMPLETED, 1, 3)
        started, completed = await bench.told(evaluation)
        assert isinstance(started, EvaluationStarted)
        assert isinstance(completed, EvaluationCompleted)
        assert (started.version, completed.version, started.attempt) == (2, 3, 1)
        judgement = completed.judgement
        assert judgement.model_dump(mode="json") == evaluation.judgement
        assert [each.criterion_name for each in judgement.dimensions] == ["Correctness", "Clarity"]
        assert [each.weight for each in judgement.dimensions] == [70, 30]
        assert judgement.judge == "offline"
        assert judgement.final_score == judgement.llm_score
        assert all("No language model was used" in each.reasoning for each in judgement.dimensions)

    async def test_events_say_whose_work_it_is_and_follow_from_the_request(self, bench: Any) -> None:
        task = await bench.known_task()
        evaluation = await bench.run(await bench.hand_in(task))
        for event in await bench.told(evaluation):
            assert event.submission.id == evaluation.submission_id
            assert event.submission.account_id == evaluation.account_id
            assert event.submission.agent_display_name == "Ada's agent"
            assert (event.submission.task_owner_id, event.eval_mode) == (task.owner_id, EvalMode.LLM)
            assert event.ordering_key == task.id
        envelopes = [each for each in await bench.tested.all_emitted() if each.subject == evaluation.id]
        assert {each.correlation_id for each in envelopes} == {"cause-1"}

    async def test_the_judge_gets_the_task_and_the_files(self, bench: Any) -> None:
        judge = bench.ScriptedJudge(50.0)
        task = await bench.known_task()
        await bench.run(await bench.hand_in(task, {"SUBMISSION.md": "about", "a.bin": b"\xff"}), judge=judge)
        (request,) = judge.requests
        assert (request.title, request.criteria) == (task.title, task.criteria)
        assert [file.name for file in request.files.texts] == ["SUBMISSION.md"]
        assert [file.name for file in request.files.binaries] == ["a.bin"]

    async def test_an_empty_archive_gets_zero_points_and_no_failure(self, bench: Any) -> None:
        evaluation = await bench.run(await bench.hand_in(await bench.known_task(), {}))
        assert evaluation.judgement["final_score"] == 0

    async def test_better_work_is_told_a_higher_score(self, bench: Any) -> None:
        task = await bench.known_task()
        poor = await bench.run(await bench.hand_in(task, {"main.py": "print('hello')"}))
        program = "\n".join(f"def step_{word}(log):\n    return log.count('{word}')" for word in "abcdefghij")
        better = await bench.run(
            await bench.hand_in(
                task, {"main.py": program, "SUBMISSION.md": "## What I Built\nIt reads a log."}
            )
        )
        assert better.judgement["final_score"] > poor.judgement["final_score"]


class TestOnlyOnce:
    """Exactly one result for an iteration, whatever runs twice."""

    async def test_a_finished_evaluation_is_not_judged_again(self, bench: Any) -> None:
        evaluation = await bench.run(await bench.hand_in(await bench.known_task()))
        judge = bench.ScriptedJudge(1.0)
        again = await bench.run(evaluation, judge=judge)
        assert judge.requests == []
        assert again.model_dump() == evaluation.model_dump()
        assert len(await bench.told(evaluation)) == 2

    async def test_workers_at_the_same_time_write_one_result(self, bench: Any) -> None:
        evaluation = await bench.hand_in(await bench.known_task())
        judges = [bench.ScriptedJudge(float(score)) for score in (10, 20, 30, 40)]
        await asyncio.gather(*(bench.run(evaluation, judge=judge) for judge in judges))
        told = await bench.told(evaluation)
        completed = [event for event in told if isinstance(event, EvaluationCompleted)]
        assert len(completed) == 1
        stored = await bench.read(evaluation)
        assert stored.judgement["final_score"] == completed[0].judgement.final_score
        assert [event.version for event in told] == list(range(2, 2 + len(told)))

    async def test_a_late_failure_does_not_undo_a_result(self, bench: Any) -> None:
        evaluation = await bench.hand_in(await bench.known_task())
        scored, gave_up = bench.ScriptedJudge(77.0), bench.ScriptedJudge(BUSY)
        await asyncio.gather(
            bench.run(evaluation, judge=scored),
            bench.run(evaluation, judge=gave_up, attempt=bench.MAX_ATTEMPTS),
        )
        ends = [event for event in await bench.told(evaluation) if not isinstance(event, EvaluationStarted)]
        assert len(ends) == 1

    async def test_a_result_that_the_database_refuses_is_a_failure_of_ours_and_asks_the_judge_once(
        self, bench: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def refused(unit: UnitOfWork, *_: Any) -> None:
            await unit.session.execute(text("SELECT 1 / 0"))

        monkeypatch.setattr(jobs, "complete_evaluation", refused)
        judge = bench.ScriptedJudge(77.0)
        done = await bench.run(await bench.hand_in(await bench.known_task()), judge=judge)
        assert (done.status, done.failure_reason, len(judge.requests)) == (FAILED, NOT_WRITABLE, 1)
        assert (await bench.told(done))[-1].platform_fault

    async def test_a_result_that_the_database_can_not_take_now_is_no_failure(
        self, bench: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def away(*_: Any) -> None:
            raise ConnectionResetError

        evaluation = await bench.hand_in(await bench.known_task())
        with monkeypatch.context() as patch:
            patch.setattr(jobs, "complete_evaluation", away)
            with pytest.raises(ConnectionResetError):
                await bench.run(evaluation)
        assert (await bench.read(evaluation)).status is RUNNING
        assert (await bench.run(evaluation)).status is COMPLETED

    async def test_another_worker_begins_again_where_one_died(self, bench: Any) -> None:
        evaluation = await bench.hand_in(await bench.known_task())

        class Dying:
            name = "dying"

            async def judge(self, _request: Any) -> Any:
                raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):
            await bench.run(evaluation, judge=Dying())
        assert (await bench.read(evaluation)).status is RUNNING
        done = await bench.run(evaluation)
        assert (done.status, done.attempt) == (COMPLETED, 2)
        told = await bench.told(evaluation)
        assert [type(event) for event in told] == [EvaluationStarted, EvaluationStarted, EvaluationCompleted]

    async def test_a_submission_that_takes_its_workers_down_is_given_up(self, bench: Any) -> None:
        evaluation = await bench.hand_in(await bench.known_task())
        async with bench.tested.database.transaction() as unit:
            await unit.session.execute(
                text(
                    "UPDATE evaluation.evaluations SET attempt = :starts, status = 'running' WHERE id = :id"
                ),
                {"starts": MAX_STARTS, "id": evaluation.id},
            )
        judge = bench.ScriptedJudge(50.0)
        done = await bench.run(evaluation, judge=judge)
        assert done.status is FAILED
        assert judge.requests == []

    async def test_the_database_refuses_a_result_without_its_status(self, bench: Any) -> None:
        evaluation = await bench.hand_in(await bench.known_task())
        for change in (
            "status = 'completed'",
            "status = 'failed'",
            "failure_reason = 'x'",
            "judgement = '{}'",
        ):
            with pytest.raises(IntegrityError):
                async with bench.tested.database.transaction() as unit:
                    await unit.session.execute(
                        text(f"UPDATE evaluation.evaluations SET {change} WHERE id = :id"),
                        {"id": evaluation.id},
                    )


class TestJudgeFails:
    """A judge that can't speak is asked again, until the attempts are used up."""

    async def test_before_the_last_attempt_it_is_tried_again_and_nothing_is_given_up(
        self, bench: Any
    ) -> None:
        evaluation = await bench.hand_in(await bench.known_task())
        judge = bench.ScriptedJudge(BUSY, 88.0)
        assert (await bench.run(evaluation, judge=judge)).status is RUNNING
        (again,) = await bench.waiting_jobs(evaluation, evaluate_later)
        assert (again.attempt, again.waits) == (2, 0)
        done = await bench.run(evaluation, judge=judge, attempt=2)
        assert (done.status, done.judgement["final_score"]) == (COMPLETED, 88.0)

    async def test_a_reason_that_no_database_takes_is_told_all_the_same(self, bench: Any) -> None:
        evaluation = await bench.hand_in(await bench.known_task())
        judge = bench.ScriptedJudge(JudgeUnavailable("It said a\0b\ud800."))
        done = await bench.run(evaluation, judge=judge, attempt=bench.MAX_ATTEMPTS)
        assert done.status is FAILED
        assert done.failure_reason.startswith("It said a\N{REPLACEMENT CHARACTER}b?.")

    async def test_after_the_last_attempt_the_evaluation_fails_with_the_reason(self, bench: Any) -> None:
        evaluation = await bench.hand_in(await bench.known_task())
        done = await bench.run(evaluation, judge=bench.ScriptedJudge(BUSY), attempt=bench.MAX_ATTEMPTS)
        assert done.status is FAILED
        assert done.judgement is None
        _, failed = await bench.told(evaluation)
        assert isinstance(failed, EvaluationFailed)
        assert "high demand" in failed.reason
        assert (failed.reason, failed.version) == (done.failure_reason, 3)

    async def test_a_mistake_of_ours_in_a_judge_is_retried_and_then_told_without_its_details(
        self, bench: Any
    ) -> None:
        evaluation = await bench.hand_in(await bench.known_task())
        judge = bench.ScriptedJudge(KeyError("internal detail"))
        assert (await bench.run(evaluation, judge=judge)).status is RUNNING
        done = await bench.run(evaluation, judge=judge, attempt=bench.MAX_ATTEMPTS)
        assert "mistake of ours (KeyError)" in done.failure_reason
        assert "internal detail" not in done.failure_reason

    async def test_a_judge_that_hangs_is_cut_off(self, bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        evaluation = await bench.hand_in(await bench.known_task())

        class Hanging:
            name = "hanging"

            async def judge(self, _request: Any) -> Any:
                await asyncio.Event().wait()

        hurried = replace(bench.resources, judgement_seconds=0.05, checks_builds=False)
        monkeypatch.setattr(bench.tested.runtime, "resources", hurried)
        done = await bench.run(evaluation, judge=Hanging(), attempt=bench.MAX_ATTEMPTS)
        assert "longer than 0.05 seconds" in done.failure_reason

    async def test_a_try_that_fails_twice_is_followed_by_one(self, bench: Any) -> None:
        evaluation = await bench.hand_in(await bench.known_task())
        judge = bench.ScriptedJudge(BUSY)
        await asyncio.gather(bench.run(evaluation, judge=judge), bench.run(evaluation, judge=judge))
        assert len(await bench.waiting_jobs(evaluation, evaluate_later)) == 1


class TestBadArtifact:
    """What can never be judged fails at once."""

    async def failed(self, bench: Any, evaluation: Any, **how: Any) -> str:
        done = await bench.run(evaluation, **how)
        assert done.status is FAILED
        (*_, told) = await bench.told(evaluation)
        assert isinstance(told, EvaluationFailed)
        assert told.reason == done.failure_reason
        return str(told.reason)

    async def test_what_is_no_zip(self, bench: Any) -> None:
        evaluation = await bench.hand_in(await bench.known_task(), b"not a zip at all")
        assert "not a valid zip" in await self.failed(bench, evaluation)

    async def test_an_archive_with_a_way_out(self, bench: Any) -> None:
        evaluation = await bench.hand_in(await bench.known_task(), {"../../etc/cron.d/x": "* * * * *"})
        assert "plain relative path" in await self.failed(bench, evaluation)

    async def test_an_artifact_that_is_gone(self, bench: Any) -> None:
        evaluation = await bench.hand_in(await bench.known_task())
        await bench.resources.storage.delete(evaluation.artifact["key"])
        assert "gone from storage" in await self.failed(bench, evaluation)

    @pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"size_bytes": 10}])
    async def test_an_artifact_that_is_not_the_promised_one(self, bench: Any, change: dict[str, Any]) -> None:
        task = await bench.known_task()
        artifact = (await bench.store(bench.zipped({"a.py": "print(1)"}))).model_copy(update=change)
        submission = bench.a_submission(task, artifact)
        await bench.tested.deliver(SubmissionReceived(submission=submission))
        evaluation = await bench.of_submission(submission.id)
        assert "not the one that was submitted" in await self.failed(bench, evaluation)

    async def test_an_artifact_that_is_too_large_is_not_even_fetched(self, bench: Any) -> None:
        task = await bench.known_task()
        artifact = (await bench.store(b"zip")).model_copy(update={"size_bytes": 100_000_001})
        submission = bench.a_submission(task, artifact)
        await bench.tested.deliver(SubmissionReceived(submission=submission))
        evaluation = await bench.of_submission(submission.id)
        assert "100000000 are allowed" in await self.failed(bench, evaluation)

    async def test_a_submission_without_an_artifact(self, bench: Any) -> None:
        task = await bench.known_task()
        submission = bench.a_submission(task, None, received_at=None)
        await bench.tested.deliver(SubmissionReceived(submission=submission))
        assert "no artifact" in await self.failed(bench, await bench.of_submission(submission.id))

    async def test_a_task_in_a_mode_that_has_no_judge_here(self, bench: Any) -> None:
        task = await bench.known_task(eval_mode=EvalMode.CONTAINER)
        evaluation = await bench.hand_in(task)
        assert "This deployment has no container engine" in await self.failed(
            bench, evaluation, job=evaluate_long, containers=None
        )
