"""Re-evaluations: who may ask, when, how often, and what becomes of the score that is there."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from joust_contracts.events import (
    SubmissionCompleted,
    SubmissionFailed,
    SubmissionReceived,
    SubmissionReEvalRequested,
    TaskClosed,
)
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.events.tasks import TaskSnapshot
from joust_contracts.vocabulary import TaskStatus
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import an_actor
from services.submission.tests.conftest import Arena

RECEIVED, COMPLETED = SubmissionReceived.wire_type(), SubmissionCompleted.wire_type()
FAILED, REQUESTED = SubmissionFailed.wire_type(), SubmissionReEvalRequested.wire_type()
HOUR = timedelta(hours=1)


@pytest.fixture
def agent() -> Actor:
    return an_actor("agent")


@pytest.fixture
async def task(arena: Arena) -> TaskSnapshot:
    return await arena.open_task()


@pytest.fixture
async def scored(arena: Arena, agent: Actor, task: TaskSnapshot) -> SubmissionSnapshot:
    submission = await arena.submitted(agent, task)
    await arena.service.deliver(arena.completed(submission, score=80))
    return submission


async def refusal(arena: Arena, actor: Actor, id: object) -> tuple[int, str]:
    answer = await arena.request_re_eval(actor, id)  # type: ignore[arg-type]
    return answer.status_code, answer.json()["error"]["code"]


async def test_a_scored_submission_is_running_again_as_its_next_iteration_and_costs_nothing(
    arena: Arena, agent: Actor, scored: SubmissionSnapshot
) -> None:
    used = await arena.used(agent, scored.task_id)
    answer = await arena.request_re_eval(agent, scored.id)
    assert answer.status_code == 200, answer.text
    (told,) = await arena.service.emitted(SubmissionReEvalRequested, aggregate_id=scored.id)
    again = told.submission
    assert (again.status, again.evaluated, again.iteration, again.version) == ("running", False, 2, 3)
    assert (again.artifact, again.final_score) == (scored.artifact, None)
    assert answer.json()["submission"]["iteration"] == 2
    assert await arena.used(agent, scored.task_id) == used


async def test_the_new_score_replaces_the_old_one_even_if_it_is_lower(
    arena: Arena, agent: Actor, scored: SubmissionSnapshot
) -> None:
    await arena.request_re_eval(agent, scored.id)
    await arena.service.deliver(arena.completed(scored, iteration=2, score=30))
    read = await arena.read(agent, scored.id)
    assert (read["scores"]["final_score"], read["earlier_score"]) == (30, None)
    assert await arena.told_of(scored.id) == [(RECEIVED, 1), (COMPLETED, 2), (REQUESTED, 3), (COMPLETED, 4)]


async def test_a_failed_re_evaluation_keeps_the_earlier_score_and_says_so(
    arena: Arena, agent: Actor, scored: SubmissionSnapshot
) -> None:
    await arena.request_re_eval(agent, scored.id)
    waiting = await arena.read(agent, scored.id)
    assert (waiting["scores"], waiting["earlier_score"]["final_score"]) == (None, 80)
    await arena.service.deliver(arena.failed(scored, iteration=2))
    read = await arena.read(agent, scored.id)
    assert (read["submission"]["status"], read["submission"]["evaluated"]) == ("evaluation_failed", False)
    assert (read["scores"], read["dimensions"], read["earlier_score"]["final_score"]) == (None, [], 80)
    assert "80 from before keeps its place" in read["submission"]["error_message"]
    (told,) = await arena.service.emitted(SubmissionFailed, aggregate_id=scored.id)
    assert told.submission.final_score is None


async def test_a_late_result_of_the_iteration_before_changes_nothing(
    arena: Arena, agent: Actor, scored: SubmissionSnapshot
) -> None:
    await arena.request_re_eval(agent, scored.id)
    before = await arena.row(scored.id)
    await arena.service.deliver(arena.completed(scored, iteration=1, score=99))
    await arena.service.deliver(arena.failed(scored, iteration=1))
    assert await arena.row(scored.id) == before


async def test_of_twenty_requests_at_once_exactly_one_is_taken(
    arena: Arena, agent: Actor, scored: SubmissionSnapshot
) -> None:
    answers = await asyncio.gather(*(arena.request_re_eval(agent, scored.id) for _ in range(20)))
    assert sorted(each.status_code for each in answers) == [200] + [409] * 19
    assert {each.json()["error"]["code"] for each in answers if each.status_code == 409} == {"WRONG_STATUS"}
    assert len(await arena.service.emitted(SubmissionReEvalRequested, aggregate_id=scored.id)) == 1
    assert (await arena.row(scored.id))["iteration"] == 2
    assert len(await arena.timers(scored.id)) == 1


async def test_within_an_hour_it_can_be_asked_for_once(
    arena: Arena, agent: Actor, scored: SubmissionSnapshot
) -> None:
    await arena.request_re_eval(agent, scored.id)
    await arena.service.deliver(arena.completed(scored, iteration=2))
    refused = await arena.request_re_eval(agent, scored.id)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "RE_EVAL_COOLDOWN")
    assert 3590 <= int(refused.headers["Retry-After"]) <= 3600
    assert (await arena.read(agent, scored.id))["re_eval_available_at"] is not None
    with arena.service.clock.ahead(HOUR):
        assert (await arena.read(agent, scored.id))["re_eval_available_at"] is None
        assert (await arena.request_re_eval(agent, scored.id)).json()["submission"]["iteration"] == 3


async def test_the_same_idempotency_key_is_answered_with_the_same_re_evaluation(
    arena: Arena, agent: Actor, scored: SubmissionSnapshot
) -> None:
    key = {"Idempotency-Key": str(RandomIds().new())}
    first, second = [await arena.request_re_eval(agent, scored.id, **key) for _ in range(2)]
    assert (first.status_code, second.content) == (200, first.content)
    assert (await arena.row(scored.id))["iteration"] == 2


async def test_a_running_submission_is_not_evaluated_again(
    arena: Arena, agent: Actor, task: TaskSnapshot
) -> None:
    running = await arena.submitted(agent, task)
    assert await refusal(arena, agent, running.id) == (409, "WRONG_STATUS")


async def test_a_submission_that_failed_before_its_artifact_came_has_nothing_to_evaluate(
    arena: Arena, agent: Actor, scored: SubmissionSnapshot
) -> None:
    async with arena.service.database.transaction() as unit:
        await unit.session.execute(
            text(
                "UPDATE submission.submissions SET status = 'failed', evaluated = false, artifact = NULL, "
                "received_at = NULL, error_message = 'no artifact' WHERE id = :id"
            ),
            {"id": scored.id},
        )
    assert await refusal(arena, agent, scored.id) == (409, "NO_ARTIFACT")


async def test_nothing_is_evaluated_again_once_the_task_is_over(
    arena: Arena, agent: Actor, task: TaskSnapshot, scored: SubmissionSnapshot
) -> None:
    with arena.service.clock.ahead(timedelta(days=2)):
        assert await refusal(arena, agent, scored.id) == (409, "TASK_CLOSED")
    closed = task.model_copy(update={"status": TaskStatus.CLOSED, "version": 3})
    await arena.service.deliver(TaskClosed(task=closed))
    assert await refusal(arena, agent, scored.id) == (409, "TASK_CLOSED")


async def test_strangers_find_nothing_and_the_owner_of_the_task_may_not(arena: Arena, agent: Actor) -> None:
    owner = an_actor("owner")
    submission = await arena.submitted(agent, await arena.open_task(owner))
    await arena.service.deliver(arena.completed(submission))
    assert await refusal(arena, owner, submission.id) == (403, "FORBIDDEN")
    assert await refusal(arena, an_actor(), submission.id) == (404, "NOT_FOUND")
    assert await refusal(arena, agent, RandomIds().new()) == (404, "NOT_FOUND")
    assert (await arena.row(submission.id))["iteration"] == 1
