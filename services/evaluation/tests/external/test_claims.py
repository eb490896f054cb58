"""Judges that can't be reached come for their work: each submission is one judge's, for as long as its lease."""

import asyncio
from typing import Any

import httpx2
import pytest

from joust_contracts.events.tasks import TaskUpdated
from joust_contracts.vocabulary import EvalMode, TaskStatus
from joust_kit.ids import RandomIds


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", {}).get("code", "")


async def extend(judged: Any, claimed: Any, actor: Any = None, **change: Any) -> Any:
    lease = claimed["lease"]
    path = f"evaluations/{change.get('evaluation_id', lease['evaluation_id'])}/lease"
    return await judged.ask("POST", path, {"lease_id": change.get("lease_id", lease["lease_id"])}, actor)


async def test_a_claim_gets_the_request_that_the_webhook_has(judged: Any) -> None:
    evaluation = await judged.asked()
    claimed = await judged.claim()
    request = claimed["request"]
    assert set(request) == {
        *("event", "submission_id", "task_id", "agent_id", "callback_token", "callback_url"),
        *("artifact_url", "artifact_expires_at", "task", "timestamp"),
    }
    assert request["event"] == "external_eval_request"
    assert request["submission_id"] == str(evaluation.submission_id)
    assert request["callback_token"] == judged.token
    assert set(request["task"]) == {"id", "title", "description", "input_spec", "output_spec", "criteria"}
    async with httpx2.AsyncClient(timeout=30) as client:
        work = await client.get(request["artifact_url"])
    assert (work.status_code, len(work.content)) == (200, evaluation.artifact["size_bytes"])
    assert claimed["lease"]["evaluation_id"] == str(evaluation.id)


async def test_who_waited_longest_is_given_out_first_and_nobody_twice(judged: Any) -> None:
    waiting = [await judged.asked() for _ in range(3)]
    given = [await judged.claim() for _ in range(4)]
    assert given.pop() is None
    assert [each["lease"]["evaluation_id"] for each in given] == [str(each.id) for each in waiting]


async def test_claims_at_once_get_different_submissions(judged: Any) -> None:
    for _ in range(6):
        await judged.asked()
    claimed = await asyncio.gather(*(judged.claim() for _ in range(12)))
    given = [each["lease"]["evaluation_id"] for each in claimed if each is not None]
    assert len(set(given)) == len(given)
    rest = [await judged.claim() for _ in range(7)]
    everything = {*given, *(each["lease"]["evaluation_id"] for each in rest if each is not None)}
    assert len(everything) == 6, "what a claim passed over is there for the next"


async def test_a_claim_that_comes_again_with_its_key_gets_the_same_submission(judged: Any) -> None:
    for _ in range(2):
        await judged.asked()
    path, key = f"tasks/{judged.task.id}/claims", {"Idempotency-Key": str(RandomIds().new())}
    answers = await asyncio.gather(*(judged.ask("POST", path, **key) for _ in range(20)))
    again = await judged.ask("POST", path, **key)
    assert again.headers["Idempotent-Replayed"] == "true"
    given = {answer.text for answer in answers if code_of(answer) != (409, "IDEMPOTENCY_KEY_IN_USE")}
    assert given == {again.text}
    assert await judged.claim() is not None, "the other one was not taken"


async def test_what_is_scored_or_not_asked_for_is_not_given_out(judged: Any) -> None:
    await judged.post(await judged.asked())
    await judged.bench.hand_in(judged.task)
    assert await judged.claim() is None


async def test_after_the_lease_another_gets_it_and_the_first_comes_too_late(judged: Any) -> None:
    evaluation = await judged.asked()
    first = await judged.claim()
    await judged.end_lease(evaluation.id)
    second = await judged.claim()
    assert second["lease"]["lease_id"] != first["lease"]["lease_id"]
    late = await judged.post(evaluation, lease_id=first["lease"]["lease_id"])
    assert code_of(late) == (409, "LEASE_LOST")
    assert code_of(await extend(judged, first)) == (409, "LEASE_LOST")
    taken = await judged.post(evaluation, lease_id=second["lease"]["lease_id"])
    assert taken.status_code == 200


async def test_a_lease_that_ran_out_counts_while_nobody_else_has_the_work(judged: Any) -> None:
    evaluation = await judged.asked()
    claimed = await judged.claim()
    await judged.end_lease(evaluation.id)
    assert (await extend(judged, claimed)).status_code == 200
    assert await judged.claim() is None, "it was extended"
    await judged.end_lease(evaluation.id)
    assert (await judged.post(evaluation, lease_id=claimed["lease"]["lease_id"])).status_code == 200


async def test_a_score_without_the_lease_waits_for_its_end(judged: Any) -> None:
    evaluation = await judged.asked()
    await judged.claim()
    refused = await judged.post(evaluation)
    assert code_of(refused) == (409, "LEASE_LOST")
    assert "lease_id" in refused.json()["error"]["message"]
    await judged.end_lease(evaluation.id)
    assert (await judged.post(evaluation)).status_code == 200


async def test_a_made_up_lease_is_refused(judged: Any) -> None:
    evaluation = await judged.asked()
    assert code_of(await judged.post(evaluation, lease_id=str(RandomIds().new()))) == (409, "LEASE_LOST")
    claimed = await judged.claim()
    assert code_of(await extend(judged, claimed, lease_id=str(RandomIds().new()))) == (409, "LEASE_LOST")


async def test_a_lease_lasts_no_longer_than_the_time_to_answer(judged: Any) -> None:
    evaluation = await judged.asked()
    await judged.change("answer_until = now() + interval '1 minute', asked_at = now()", evaluation.id)
    claimed = await judged.claim()
    assert claimed["lease"]["lease_expires_at"] == claimed["answer_until"]


async def test_extending_what_is_over_says_so(judged: Any) -> None:
    evaluation = await judged.asked()
    claimed = await judged.claim()
    await judged.post(evaluation, lease_id=claimed["lease"]["lease_id"])
    assert code_of(await extend(judged, claimed)) == (409, "ALREADY_SCORED")


class TestWhoMay:
    """Only the task's owner has its judge."""

    @pytest.mark.parametrize(("method", "path"), [("POST", "claims"), ("GET", "judge")])
    async def test_others_are_refused_and_a_draft_is_hidden_from_them(
        self, judged: Any, method: str, path: str
    ) -> None:
        url = f"tasks/{judged.task.id}/{path}"
        assert code_of(await judged.ask(method, url, actor=judged.stranger)) == (403, "FORBIDDEN")
        draft = judged.task.model_copy(update={"status": TaskStatus.DRAFT, "version": 2})
        await judged.bench.tested.deliver(TaskUpdated(task=draft))
        hidden = await judged.ask(method, url, actor=judged.stranger)
        absent = await judged.ask(method, f"tasks/{RandomIds().new()}/{path}", actor=judged.stranger)
        assert code_of(hidden) == (404, "NOT_FOUND")
        assert hidden.json() == absent.json()
        assert (await judged.ask(method, url)).status_code == 200

    @pytest.mark.parametrize(("method", "path"), [("POST", "claims"), ("GET", "judge")])
    async def test_a_task_that_is_judged_otherwise_has_none(
        self, judged: Any, method: str, path: str
    ) -> None:
        task = await judged.bench.known_task(owner_id=judged.poster.account_id, eval_mode=EvalMode.LLM)
        assert code_of(await judged.ask(method, f"tasks/{task.id}/{path}")) == (409, "WRONG_EVAL_MODE")

    async def test_a_strangers_evaluation_is_hidden(self, judged: Any) -> None:
        await judged.asked()
        claimed = await judged.claim()
        hidden = await extend(judged, claimed, judged.stranger)
        absent = await extend(judged, claimed, judged.stranger, evaluation_id=RandomIds().new())
        assert code_of(hidden) == (404, "NOT_FOUND")
        assert hidden.json() == absent.json()
