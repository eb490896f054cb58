"""The life of a submission in the Straw dialect: re-evaluation, public status, details, lists, the wait."""

import asyncio
from typing import Any

import pytest

from joust_contracts.events import Event, EventData, SubmissionCompleted
from joust_contracts.internal.common import ErrorCode, Page
from joust_contracts.internal.evaluations import QueueView
from joust_contracts.internal.rankings import PositionView
from joust_contracts.internal.submissions import (
    EarlierScore,
    ReEvaluationView,
    SubmissionEntry,
    SubmissionStatusView,
    SubmissionView,
)
from joust_contracts.vocabulary import EvalMode, SubmissionStatus, TaskStatus
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import (
    NOW,
    Party,
    a_snapshot,
    a_task,
    completed,
    failed,
    new_id,
    running,
    sign_up,
)

LOOKING_ON = ("get_leaderboard", "stream_leaderboard", "stream_task")
ARTIFACT = {"key": "k", "sha256": "0" * 64, "size_bytes": 1, "files_count": 1}
STATUS_FIELDS = {"id", "status", "evaluated", "scores", "position", "error_message"}
SCORES_FIELDS = {"final_score", "test_score", "llm_score", "container_score", "breakdown", "eval_mode"}
DETAILS_FIELDS = {"dimensions", "reasoning", "container_score", "breakdown", "eval_mode"}
LISTED_FIELDS = {"id", "agent_id", "agent_display_name", "status", "created_at", "evaluation_results"}


def actions(answer: Any) -> list[str]:
    return [action["action"] for action in answer["next_actions"]]


def tell(services: FakeServices, view: SubmissionView) -> str:
    services.answer(f"submission GET /internal/submissions/{view.submission.id}", view)
    return f"/api/v1/submissions/{view.submission.id}"


def entry(**changes: Any) -> SubmissionEntry:
    values: dict[str, Any] = {
        "id": new_id(),
        "task_id": new_id(),
        "agent_id": new_id(),
        "agent_display_name": "Ada",
        "status": SubmissionStatus.COMPLETED,
        "evaluated": True,
        "iteration": 1,
        "final_score": 87.5,
        "error_message": None,
        "created_at": NOW,
        "received_at": NOW,
        "scored_at": NOW,
    }
    return SubmissionEntry(**{**values, **changes})


def tell_with_its_task(services: FakeServices, agent: Party) -> SubmissionView:
    """A submission that may be judged anew, and its task at version 3."""
    task = a_task(new_id(), version=3)
    view = completed(a_snapshot(agent, task, iteration=2))
    tell(services, view)
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    return view


async def test_a_re_evaluation_is_passed_on_with_its_key_and_the_task_as_it_is_now(
    agent: Party, services: FakeServices
) -> None:
    snapshot = tell_with_its_task(services, agent).submission
    path = f"/internal/submissions/{snapshot.id}/re-evaluations"
    services.answer(f"submission POST {path}", ReEvaluationView(submission=snapshot, requested_at=NOW))
    headers = {"Idempotency-Key": "k"}
    answer = await agent.ask("POST", f"/api/v1/submissions/{snapshot.id}/request_re_eval", headers=headers)
    read = answer.json()
    assert (answer.status_code, read["submission_id"], read["iteration"]) == (200, str(snapshot.id), 2)
    assert {"enqueued_at", "message"} <= set(read)
    assert actions(read) == ["stream_submission", "get_submission"]
    (asked,) = services.asked_of("submission", "POST")
    assert asked.headers["Idempotency-Key"] == "k"
    assert asked.headers.getall("Joust-After") == [f"{snapshot.task_id}:3"]


async def test_of_a_submission_that_is_hidden_no_re_evaluation_is_asked_for(
    agent: Party, services: FakeServices
) -> None:
    answer = await agent.ask("POST", f"/api/v1/submissions/{new_id()}/request_re_eval")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert services.asked_of("submission", "POST") == []


async def test_a_cooldown_says_when_to_come_again(agent: Party, services: FakeServices) -> None:
    id = tell_with_its_task(services, agent).submission.id
    place = f"submission POST /internal/submissions/{id}/re-evaluations"
    services.refuse(place, 429, ErrorCode.RE_EVAL_COOLDOWN, {"Retry-After": "1234"})
    answer = await agent.ask("POST", f"/api/v1/submissions/{id}/request_re_eval")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1234")
    assert answer.json()["error"]["code"] == "RE_EVAL_COOLDOWN"


async def test_the_status_is_public_and_has_exactly_the_documented_fields(
    gateway: ServiceUnderTest, agent: Party, services: FakeServices
) -> None:
    view = completed(a_snapshot(agent, a_task(new_id())))
    submission = view.submission
    public = SubmissionStatusView(submission=submission, eval_mode=EvalMode.LLM, scores=view.scores)
    services.answer(f"submission GET /internal/submissions/{submission.id}/status", public)
    ranked = f"ranking GET /internal/tasks/{submission.task_id}/positions/{submission.account_id}"
    services.answer(ranked, PositionView(position=3))
    answer = await gateway.http.get(f"/api/submissions/{submission.id}/status")
    read = answer.json()
    assert (answer.status_code, set(read), set(read["scores"])) == (200, STATUS_FIELDS, SCORES_FIELDS)
    assert (read["scores"]["final_score"], read["position"]) == (87.5, 3)
    services.refuse(ranked, 503, ErrorCode.SERVICE_UNAVAILABLE)
    assert (await gateway.http.get(f"/api/submissions/{submission.id}/status")).json()["position"] is None


async def test_a_status_without_a_score_has_every_field_as_well(
    gateway: ServiceUnderTest, agent: Party, services: FakeServices
) -> None:
    snapshot = a_snapshot(agent, a_task(new_id()))
    public = SubmissionStatusView(submission=snapshot, eval_mode=EvalMode.LLM, scores=None)
    services.answer(f"submission GET /internal/submissions/{snapshot.id}/status", public)
    read = (await gateway.http.get(f"/api/submissions/{snapshot.id}/status")).json()
    assert (set(read), set(read["scores"])) == (STATUS_FIELDS, SCORES_FIELDS)
    assert (read["scores"]["final_score"], read["evaluated"]) == (None, False)
    assert services.asked_of("ranking") == []


async def test_details_tell_what_the_judge_said(agent: Party, services: FakeServices) -> None:
    view = completed(a_snapshot(agent, a_task(new_id())))
    tell(services, view)
    read = (await agent.ask("GET", f"/api/submissions/{view.submission.id}/details")).json()
    assert set(read) >= DETAILS_FIELDS
    assert set(read["dimensions"][0]) >= {"criterion_name", "score", "reasoning", "weight"}
    assert read["reasoning"] == "Works."


async def test_own_submissions_are_listed_by_task_and_page(agent: Party, services: FakeServices) -> None:
    mine, task_id = entry(), new_id()
    services.answer("submission GET /internal/submissions", Page(data=(mine,), next_cursor="next"))
    params = {"task_id": str(task_id), "limit": 5, "cursor": "c"}
    read = (await agent.ask("GET", "/api/v1/submissions", params=params)).json()
    assert read["pagination"] == {"has_more": True, "next_cursor": "next"}
    assert read["data"][0]["evaluation_results"] == {"final_score": 87.5}
    (asked,) = services.asked_of("submission")
    assert asked.query == {"task_id": str(task_id), "limit": "5", "cursor": "c"}


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "task_id=x", "mine=1"])
async def test_what_is_no_list_is_refused(agent: Party, query: str) -> None:
    answer = await agent.ask("GET", f"/api/v1/submissions?{query}")
    assert answer.status_code in {400, 422}


async def test_the_owner_lists_what_was_handed_in_to_the_task_as_it_is_now(
    poster: Party, services: FakeServices
) -> None:
    task = a_task(poster.account_id, version=4)
    waiting = entry(evaluated=False, status=SubmissionStatus.RUNNING, final_score=None)
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    services.answer(f"submission GET /internal/tasks/{task.id}/submissions", Page(data=(entry(), waiting)))
    read = (await poster.ask("GET", f"/api/v1/tasks/{task.id}/submissions")).json()
    assert all(set(each) >= LISTED_FIELDS for each in read["data"])
    results = [each["evaluation_results"] for each in read["data"]]
    assert results == [{"final_score": 87.5}, None]
    (asked,) = services.asked_of("submission")
    assert asked.headers.getall("Joust-After") == [f"{task.id}:4"]


async def test_who_waits_is_told_its_place_in_the_queue(agent: Party, services: FakeServices) -> None:
    view = running(a_snapshot(agent, a_task(new_id())))
    path = tell(services, view)
    queue = QueueView(place=3, ahead=2, expected_wait_seconds=12.5)
    services.answer(f"evaluation GET /internal/submissions/{view.submission.id}/queue", queue)
    read = (await agent.ask("GET", path)).json()
    assert read["queue"] == {"place": 3, "ahead": 2, "expected_wait_seconds": 12.5}


async def test_without_an_answer_in_time_the_place_is_left_out(agent: Party, services: FakeServices) -> None:
    view = running(a_snapshot(agent, a_task(new_id())))
    path = tell(services, view)
    services.hang(f"evaluation GET /internal/submissions/{view.submission.id}/queue")
    answer = await agent.ask("GET", path)
    assert (answer.status_code, answer.json()["queue"]) == (200, None)


@pytest.mark.parametrize(
    ("end", "changes", "status", "offered"),
    [
        (
            failed,
            {},
            TaskStatus.OPEN,
            ["request_re_eval", "quick_submit", "register_submission", *LOOKING_ON],
        ),
        (
            completed,
            {},
            TaskStatus.OPEN,
            ["quick_submit", "register_submission", *LOOKING_ON, "request_re_eval"],
        ),
        (
            failed,
            {"re_eval_available_at": NOW},
            TaskStatus.OPEN,
            ["quick_submit", "register_submission", *LOOKING_ON],
        ),
        (failed, {}, TaskStatus.CLOSED, ["get_leaderboard"]),
    ],
)
async def test_what_is_over_offers_another_evaluation_while_that_is_possible(
    agent: Party, services: FakeServices, end: Any, changes: Any, status: TaskStatus, offered: list[str]
) -> None:
    task = a_task(new_id(), status=status)
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    view = end(a_snapshot(agent, task, artifact=ARTIFACT)).model_copy(update=changes)
    assert actions((await agent.ask("GET", tell(services, view))).json()) == offered


async def test_a_failed_re_evaluation_shows_the_score_that_it_keeps_and_its_place(
    agent: Party, services: FakeServices
) -> None:
    view = failed(a_snapshot(agent, a_task(new_id()), iteration=2))
    view = view.model_copy(update={"earlier_score": EarlierScore(final_score=80, scored_at=NOW)})
    submission = view.submission
    ranked = f"ranking GET /internal/tasks/{submission.task_id}/positions/{submission.account_id}"
    services.answer(ranked, PositionView(position=1))
    read = (await agent.ask("GET", tell(services, view))).json()
    assert (read["scores"], read["earlier_score"]["final_score"], read["position"]) == (None, 80, 1)


async def news(gateway: ServiceUnderTest, view: SubmissionView) -> None:
    data = SubmissionCompleted(submission=view.submission)
    hub = gateway.app.state.resources.hub
    await hub.tell(Event[EventData].of(data, id=new_id(), time=NOW))


async def looked(services: FakeServices, times: int = 1) -> None:
    async with asyncio.timeout(5):
        while len(services.asked_of("submission")) < times:
            await asyncio.sleep(0.005)


async def nothing_of_the_database_is_in_hand(gateway: ServiceUnderTest) -> None:
    """Uses of keys are written now and then, which is over soon."""
    async with asyncio.timeout(5):
        while gateway.app.state.database.engine.pool.checkedout():
            await asyncio.sleep(0.005)


async def test_an_answer_is_held_until_something_changes(
    gateway: ServiceUnderTest, agent: Party, services: FakeServices
) -> None:
    view = running(a_snapshot(agent, a_task(new_id())))
    asked = asyncio.create_task(agent.ask("GET", tell(services, view), params={"wait": 30}))
    await looked(services)
    await news(gateway, view)  # changed nothing
    await looked(services, 2)
    assert not asked.done()
    await nothing_of_the_database_is_in_hand(gateway)
    assert not asked.done()
    tell(services, completed(view.submission))
    await news(gateway, view)
    assert (await asyncio.wait_for(asked, 5)).json()["status"] == "completed"
    assert gateway.app.state.resources.hub.open_count == 0


async def test_after_its_time_the_present_state_is_told(agent: Party, services: FakeServices) -> None:
    path = tell(services, running(a_snapshot(agent, a_task(new_id()))))
    answer = await asyncio.wait_for(agent.ask("GET", path, params={"wait": 1}), 5)
    assert (answer.status_code, answer.json()["status"]) == (200, "running")


@pytest.mark.parametrize("end", [completed, failed])
async def test_what_is_over_is_told_at_once(agent: Party, services: FakeServices, end: Any) -> None:
    path = tell(services, end(a_snapshot(agent, a_task(new_id()))))
    answer = await asyncio.wait_for(agent.ask("GET", path, params={"wait": 60}), 5)
    assert answer.status_code == 200


@pytest.mark.parametrize("wait", ["-1", "61", "1.5", "x"])
async def test_a_wait_out_of_bounds_is_refused(agent: Party, wait: str) -> None:
    answer = await agent.ask("GET", f"/api/v1/submissions/{new_id()}", params={"wait": wait})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


async def test_a_wait_ends_when_the_process_is_to_stop_and_none_begins_after(
    open_gateway: Any, services: FakeServices
) -> None:
    gateway = await open_gateway()
    agent = await sign_up(gateway)
    path = tell(services, running(a_snapshot(agent, a_task(new_id()))))
    asked = asyncio.create_task(agent.ask("GET", path, params={"wait": 60}))
    await looked(services)
    gateway.app.state.resources.hub.close()
    for answer in (
        await asyncio.wait_for(asked, 5),
        await asyncio.wait_for(agent.ask("GET", path + "?wait=60"), 5),
    ):
        assert (answer.status_code, answer.json()["status"]) == (200, "running")


async def test_a_wait_heals_a_lost_event_by_itself(open_gateway: Any, services: FakeServices) -> None:
    gateway = await open_gateway(stream_heartbeat_seconds=0.05)
    agent = await sign_up(gateway)
    view = running(a_snapshot(agent, a_task(new_id())))
    asked = asyncio.create_task(agent.ask("GET", tell(services, view), params={"wait": 30}))
    await looked(services)
    tell(services, completed(view.submission))
    assert (await asyncio.wait_for(asked, 5)).json()["evaluated"] is True


async def test_a_wait_ends_when_its_key_is_revoked(gateway: ServiceUnderTest, services: FakeServices) -> None:
    agent = await sign_up(gateway)
    limited = await agent.key_with("profile:read")
    path = tell(services, running(a_snapshot(agent, a_task(new_id()))))
    asked = asyncio.create_task(limited.ask("GET", path, params={"wait": 60}))
    await looked(services)
    (key_id,) = gateway.app.state.resources.streams.keys
    gateway.app.state.resources.streams.end(key_id)
    assert (await asyncio.wait_for(asked, 5)).status_code == 401
