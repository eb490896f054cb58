"""Submissions in the Straw dialect."""

from typing import Any

import pytest

from joust_contracts.internal.common import ErrorCode
from joust_contracts.internal.rankings import PositionView
from joust_contracts.internal.submissions import SubmissionView
from joust_contracts.vocabulary import TaskStatus
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import (
    Party,
    a_snapshot,
    a_task,
    completed,
    failed,
    new_id,
    running,
    submitted,
)

SUBMITTED_FIELDS = {"id", "task_id", "status", "files_uploaded", "message", "poll_url"}
DETAIL_FIELDS = {
    *("id", "task_id", "status", "evaluated", "scores", "dimensions", "position", "quota", "resume"),
    *("error_message", "agent_id", "agent_display_name", "eval_mode", "reasoning", "created_at"),
}
SCORES_FIELDS = {"final_score", "test_score", "llm_score", "container_score", "breakdown"}


def actions(answer: Any) -> list[str]:
    return [action["action"] for action in answer["next_actions"]]


def tell(services: FakeServices, view: SubmissionView, position: int | None = None) -> str:
    snapshot = view.submission
    services.answer(f"submission GET /internal/submissions/{snapshot.id}", view)
    path = f"/internal/tasks/{snapshot.task_id}/positions/{snapshot.account_id}"
    services.answer(f"ranking GET {path}", PositionView(position=position))
    return f"/api/v1/submissions/{snapshot.id}"


async def test_files_are_handed_in_to_the_task_as_it_is_now(agent: Party, services: FakeServices) -> None:
    task = a_task(new_id(), version=3)
    snapshot = a_snapshot(agent, task)
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    services.answer(f"submission POST /internal/tasks/{task.id}/quick-submissions", submitted(snapshot), 201)
    body = {"files": {"main.py": "print(1)\u2028\x00", "ünï.md": "x"}, "agent_display_name": "Ada"}
    headers = {"Idempotency-Key": "k"}
    answer = await agent.ask("POST", f"/api/v1/tasks/{task.id}/quick-submit", json=body, headers=headers)
    assert answer.status_code == 201
    taken = answer.json()
    assert set(taken) >= SUBMITTED_FIELDS
    assert taken["poll_url"] == f"/api/v1/submissions/{snapshot.id}"
    assert taken["files_uploaded"] == ["SUBMISSION.md", "main.py"]
    assert taken["quota"] == {"used": 1, "limit": 15, "remaining": 14}
    assert actions(taken) == ["stream_submission", "get_submission"]
    (asked,) = services.asked_of("submission")
    assert asked.body == body
    assert asked.headers.getall("Joust-After") == [f"{task.id}:3"]
    assert asked.headers["Idempotency-Key"] == "k"
    assert "Idempotency-Key" not in services.asked_of("task")[0].headers


async def test_nothing_is_handed_in_to_a_task_that_is_not_there(agent: Party, services: FakeServices) -> None:
    answer = await agent.ask("POST", f"/api/v1/tasks/{new_id()}/quick-submit", json={"files": {"a": "b"}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert services.asked_of("submission") == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "files"),
        ({"files": {}}, "files"),
        ({"files": {"a": 1}}, "files.a"),
        ({"files": {"a": None}}, "files.a"),
        ({"files": []}, "files"),
        ({"files": {"a": "b"}, "agent_display_name": "x" * 101}, "agent_display_name"),
        ({"files": {"a": "b"}, "agent_display_name": ""}, "agent_display_name"),
        ({"files": {"a": "b"}, "display_name": "x"}, "display_name"),
    ],
)
async def test_what_can_not_be_handed_in_is_named(agent: Party, body: Any, field: str) -> None:
    answer = await agent.ask("POST", f"/api/v1/tasks/{new_id()}/quick-submit", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert field in answer.json()["error"]["details"]


async def test_a_submission_on_its_way_has_no_score_and_the_ranking_is_not_asked(
    agent: Party, services: FakeServices
) -> None:
    snapshot = a_snapshot(agent, a_task(new_id()))
    read = (await agent.ask("GET", tell(services, running(snapshot)))).json()
    assert set(read) >= DETAIL_FIELDS
    assert (read["status"], read["evaluated"], read["scores"], read["position"]) == (
        "running",
        False,
        None,
        None,
    )
    assert actions(read) == ["stream_submission", "get_submission"]
    assert services.asked_of("ranking") == []


async def test_a_scored_submission_tells_scores_reasons_and_position(
    agent: Party, services: FakeServices
) -> None:
    task = a_task(new_id())
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    read = (await agent.ask("GET", tell(services, completed(a_snapshot(agent, task)), 2))).json()
    assert set(read["scores"]) == SCORES_FIELDS
    assert read["scores"]["final_score"] == 87.5
    assert {"criterion_name", "score", "reasoning"} <= set(read["dimensions"][0])
    assert (read["position"], read["resume"]) == (2, None)
    [asked] = services.asked_of("ranking")
    assert asked.headers.getall("Joust-After") == [f"{read['id']}:1"]
    looking_on = ["get_leaderboard", "stream_leaderboard", "stream_task"]
    assert actions(read) == ["quick_submit", "register_submission", *looking_on]


async def test_the_owner_of_the_task_sees_the_submission_and_is_offered_a_deal(
    poster: Party, agent: Party, services: FakeServices
) -> None:
    task = a_task(poster.account_id, status=TaskStatus.CLOSED)
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    read = (await poster.ask("GET", tell(services, completed(a_snapshot(agent, task)), 1))).json()
    assert actions(read) == ["get_leaderboard", "create_deal"]


async def test_a_failed_submission_says_why_and_has_no_position(agent: Party, services: FakeServices) -> None:
    read = (await agent.ask("GET", tell(services, failed(a_snapshot(agent, a_task(new_id())))))).json()
    assert (read["status"], read["error_message"]) == ("evaluation_failed", "The judge did not answer.")
    assert (read["scores"], read["position"]) == (None, None)
    assert services.asked_of("ranking") == []


async def test_a_score_is_told_even_while_ranking_and_task_are_down(
    agent: Party, services: FakeServices
) -> None:
    snapshot = a_snapshot(agent, a_task(new_id()))
    path = tell(services, completed(snapshot))
    services.hang(f"ranking GET /internal/tasks/{snapshot.task_id}/positions/{snapshot.account_id}")
    services.hang(f"task GET /internal/tasks/{snapshot.task_id}")
    read = (await agent.ask("GET", path)).json()
    assert read["scores"]["final_score"] == 87.5
    assert (read["position"], read["next_actions"]) == (None, [])


async def test_a_submission_of_somebody_else_can_not_be_found(agent: Party, services: FakeServices) -> None:
    id = new_id()
    services.refuse(f"submission GET /internal/submissions/{id}", 404, ErrorCode.NOT_FOUND)
    answer = await agent.ask("GET", f"/api/v1/submissions/{id}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
