"""Scores that posters' judges post: exactly one for an evaluation, and only by whom it was asked."""

import asyncio
import json
from typing import Any

import pytest

from joust_contracts.events import EvaluationCompleted, EvaluationFailed, SubmissionReEvalRequested
from joust_contracts.vocabulary import EvalMode
from joust_evaluation.evaluations.rules import EvaluationStatus
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds

NOBODY = Actor(RandomIds().new(), RandomIds().new(), "")


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", {}).get("code", "")


async def test_a_score_is_written_told_and_answered_as_documented(judged: Any) -> None:
    evaluation = await judged.asked()
    dimensions = [
        {"criterion_name": "Clarity", "score": 60, "reasoning": "Terse."},
        {"criterion_name": "Correctness", "score": 95.456},
    ]
    answer = await judged.post(evaluation, final_score=87.5, reasoning="Good.", dimensions=dimensions)
    assert answer.status_code == 200
    assert answer.json() == {
        "submission_id": str(evaluation.submission_id),
        "status": "completed",
        "evaluated": True,
        "final_score": 87.5,
        "evaluation_id": str(evaluation.id),
    }
    *_, told = await judged.told(evaluation)
    assert isinstance(told, EvaluationCompleted)
    judgement = told.judgement
    assert (judgement.final_score, judgement.reasoning, judgement.judge) == (87.5, "Good.", "external")
    assert (judgement.llm_score, judgement.test_score, judgement.container_score) == (None, None, None)
    scored = [(each.criterion_name, each.score, each.weight, each.reasoning) for each in judgement.dimensions]
    assert scored == [("Clarity", 60, 30, "Terse."), ("Correctness", 95.46, 70, "")]


async def test_an_error_of_the_judge_is_no_score_and_costs_no_quota(judged: Any) -> None:
    evaluation = await judged.asked()
    answer = await judged.post(evaluation, error_message="The GPU is on fire.")
    assert answer.status_code == 200
    said = answer.json()
    assert (said["status"], said["evaluated"], said["final_score"]) == ("evaluation_failed", False, None)
    *_, told = await judged.told(evaluation)
    assert isinstance(told, EvaluationFailed)
    assert told.reason == "The poster's judge could not judge this submission: The GPU is on fire."
    assert told.platform_fault


async def test_an_error_counts_more_than_a_score_beside_it(judged: Any) -> None:
    evaluation = await judged.asked()
    answer = await judged.post(evaluation, final_score=100, error_message="I am not sure.")
    assert answer.json()["status"] == "evaluation_failed"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('"final_score": NaN', "final_score"),
        ('"final_score": Infinity', "final_score"),
        ('"final_score": 1e400', "final_score"),
        ('"final_score": -1', "final_score"),
        ('"final_score": -0.01', "final_score"),
        ('"final_score": 101', "final_score"),
        ('"final_score": 100.01', "final_score"),
        ('"final_score": "80"', "final_score"),
        ('"final_score": true', "final_score"),
        ('"final_score": null', "body"),
        ('"reasoning": "no score"', "body"),
        ('"final_score": 80, "reasoning": "' + "x" * 50_001 + '"', "reasoning"),
        ('"final_score": 80, "reasoning": "a\\u0000b"', "reasoning"),
        ('"final_score": 80, "verdict": 1', "verdict"),
        ('"final_score": 80, "lease_id": "mine"', "lease_id"),
        ('"error_message": ""', "error_message"),
        ('"error_message": "' + "x" * 2001 + '"', "error_message"),
        ('"final_score": 80, "dimensions": [{"criterion_name": "Beauty", "score": 1}]', "dimensions"),
        (
            '"final_score": 80, "dimensions": [{"criterion_name": "Clarity", "score": 101}]',
            "dimensions.0.score",
        ),
        (
            '"final_score": 80, "dimensions": [{"criterion_name": "Clarity", "score": NaN}]',
            "dimensions.0.score",
        ),
        (
            '"final_score": 80, "dimensions": [{"criterion_name": "Clarity", "score": 1}, '
            '{"criterion_name": "Clarity", "score": 2}]',
            "body",
        ),
    ],
)
async def test_what_is_no_score_is_refused_by_its_field(judged: Any, body: str, field: str) -> None:
    evaluation = await judged.asked()
    answer = await judged.bench.tested.http.post(
        f"/internal/submissions/{evaluation.submission_id}/external-score",
        content=f'{{"callback_token": "{judged.token}", {body}}}',
        headers={**judged.bench.tested.as_actor(NOBODY), "content-type": "application/json"},
    )
    assert code_of(answer) == (422, "VALIDATION_ERROR")
    assert field in answer.json()["error"]["details"]
    assert judged.token not in answer.text
    assert (await judged.bench.read(evaluation)).status is EvaluationStatus.RUNNING


async def test_50_000_characters_are_taken_and_fit_into_an_event(judged: Any) -> None:
    evaluation = await judged.asked()
    long = "\U0001f600" * 50_000
    half = "\x01" * 25_000
    dimensions = [
        {"criterion_name": name, "score": 1, "reasoning": half} for name in ("Clarity", "Correctness")
    ]
    answer = await judged.post(evaluation, reasoning=long, dimensions=dimensions)
    assert answer.status_code == 200, answer.text


class TestToken:
    """The token is a task's, made from a key of the server, and nothing else is taken in its place."""

    async def test_it_has_the_documented_form_and_is_one_for_a_task(self, judged: Any) -> None:
        prefix, _, digits = judged.token.rpartition("_")
        assert prefix == "straw_evaltok"
        assert len(digits) == 32
        assert set(digits) <= set("0123456789abcdef")
        judge = (await judged.ask("GET", f"tasks/{judged.task.id}/judge")).json()
        assert judge["callback_token"] == judged.token
        assert judge["signing_secret"].startswith("whsec_")

    async def test_another_tasks_token_is_refused(self, judged: Any) -> None:
        evaluation = await judged.asked()
        other = await judged.bench.known_task(eval_mode=EvalMode.EXTERNAL)
        token = type(judged)(judged.bench, other, judged.poster).token
        assert token != judged.token
        answer = await judged.post(evaluation, callback_token=token)
        assert code_of(answer) == (401, "INVALID_CALLBACK_TOKEN")

    @pytest.mark.parametrize(
        "change", [str.upper, lambda token: token[:-1], lambda token: token + "0", str.title]
    )
    async def test_so_is_what_is_nearly_the_token(self, judged: Any, change: Any) -> None:
        evaluation = await judged.asked()
        answer = await judged.post(evaluation, callback_token=change(judged.token))
        assert code_of(answer) == (401, "INVALID_CALLBACK_TOKEN")
        assert (await judged.bench.read(evaluation)).status is EvaluationStatus.RUNNING

    async def test_a_token_of_the_key_before_is_still_taken(self, judged: Any) -> None:
        from dataclasses import replace

        from pydantic import SecretStr

        from joust_kit.derived_secrets import DerivedSecrets

        old = judged.bench.resources.external.secrets._keys[0].decode()
        both = DerivedSecrets(SecretStr(f"{'n' * 32}, {old}"))
        evaluation, token = await judged.asked(), judged.token
        resources = judged.bench.resources
        changed = replace(resources, external=replace(resources.external, secrets=both))
        judged.bench.tested.app.state.resources = changed
        try:
            judge = (await judged.ask("GET", f"tasks/{judged.task.id}/judge")).json()
            assert judge["callback_token"] != token
            assert (await judged.post(evaluation, callback_token=token)).status_code == 200
        finally:
            judged.bench.tested.app.state.resources = resources


class TestOnce:
    """Exactly one score for an evaluation, and only for one that waits for it."""

    async def test_again_is_refused_and_changes_nothing(self, judged: Any) -> None:
        evaluation = await judged.asked()
        await judged.post(evaluation, final_score=40)
        assert code_of(await judged.post(evaluation, final_score=90)) == (409, "ALREADY_SCORED")
        assert (await judged.bench.read(evaluation)).judgement["final_score"] == 40

    async def test_of_fifty_at_once_one_is_written(self, judged: Any) -> None:
        evaluation = await judged.asked()
        answers = await asyncio.gather(*(judged.post(evaluation, final_score=score) for score in range(50)))
        taken = [answer for answer in answers if answer.status_code == 200]
        assert len(taken) == 1
        refused = {code_of(answer) for answer in answers if answer.status_code != 200}
        assert refused == {(409, "ALREADY_SCORED")}
        told = [each for each in await judged.told(evaluation) if isinstance(each, EvaluationCompleted)]
        assert [each.judgement.final_score for each in told] == [taken[0].json()["final_score"]]

    async def test_a_key_that_comes_again_gets_the_first_answer(self, judged: Any) -> None:
        evaluation = await judged.asked()
        path = f"/internal/submissions/{evaluation.submission_id}/external-score"
        headers = judged.bench.tested.as_actor(NOBODY, **{"Idempotency-Key": str(evaluation.id)})
        body = {"callback_token": judged.token, "final_score": 12}
        first, again = [
            await judged.bench.tested.http.post(path, json=body, headers=headers) for _ in range(2)
        ]
        assert (first.status_code, again.status_code) == (200, 200)
        assert first.json() == again.json()
        other = {**body, "callback_token": "straw_evaltok_" + "0" * 32}
        guessed = await judged.bench.tested.http.post(path, json=other, headers=headers)
        assert code_of(guessed) == (422, "IDEMPOTENCY_KEY_REUSED")

    async def test_what_failed_for_want_of_an_answer_takes_no_late_one(self, judged: Any) -> None:
        evaluation = await judged.asked()
        await judged.bench.tested.run_jobs("end_silence", also_future=True)
        answer = await judged.post(evaluation)
        assert code_of(answer) == (409, "WRONG_STATUS")
        assert "did not answer" in answer.json()["error"]["message"]

    async def test_before_the_judge_is_asked_nothing_is_awaited(self, judged: Any) -> None:
        evaluation = await judged.bench.hand_in(judged.task)
        assert code_of(await judged.post(evaluation)) == (409, "WRONG_STATUS")

    async def test_an_unknown_submission_is_not_found(self, judged: Any) -> None:
        answer = await judged.ask(
            "POST",
            f"submissions/{RandomIds().new()}/external-score",
            {"callback_token": judged.token, "final_score": 1},
        )
        assert code_of(answer) == (404, "NOT_FOUND")

    async def test_a_task_that_is_judged_otherwise_takes_no_score(self, judged: Any) -> None:
        task = await judged.bench.known_task()
        evaluation = await judged.bench.hand_in(task)
        answer = await judged.post(evaluation, callback_token=type(judged)(judged.bench, task, NOBODY).token)
        assert code_of(answer) == (409, "WRONG_EVAL_MODE")

    async def test_a_re_evaluation_asks_anew_and_is_scored_anew(self, judged: Any) -> None:
        evaluation = await judged.asked()
        await judged.post(evaluation, final_score=40)
        submission = judged.bench.a_submission(
            judged.task, evaluation.stored_artifact(), id=evaluation.submission_id, iteration=2
        )
        await judged.bench.tested.deliver(SubmissionReEvalRequested(submission=submission))
        second = await judged.bench.of_submission(evaluation.submission_id, 2)
        assert code_of(await judged.post(second)) == (409, "WRONG_STATUS"), "it is not asked yet"
        await judged.bench.run(second)
        answer = await judged.post(second, final_score=70)
        assert answer.json()["evaluation_id"] == str(second.id)
        assert second.id != evaluation.id
        assert code_of(await judged.post(second)) == (409, "ALREADY_SCORED")
        assert (await judged.bench.read(evaluation)).judgement["final_score"] == 40


async def test_no_token_is_written_anywhere(judged: Any) -> None:
    from sqlalchemy import text

    evaluation = await judged.asked()
    await judged.claim()
    await judged.post(evaluation, callback_token="straw_evaltok_" + "0" * 32)
    await judged.post(evaluation)
    database = judged.bench.tested.database
    async with database.reading() as session:
        tables = list(
            await session.scalars(
                text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'evaluation'")
            )
        )
        for table in tables:
            rows = await session.scalars(text(f'SELECT row_to_json(t)::text FROM evaluation."{table}" t'))
            whole = "\n".join(rows)
            assert judged.token not in whole, table
            assert judged.token.encode().hex() not in whole, table
    assert "external_requests" in json.dumps(tables)
