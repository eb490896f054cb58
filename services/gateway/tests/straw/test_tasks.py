"""Tasks and leaderboards in the Straw dialect."""

from typing import Any

import pytest

from joust_contracts.internal.common import ErrorCode, Page
from joust_contracts.internal.evaluations import PinnedImage
from joust_contracts.internal.tasks import TaskSummary
from joust_contracts.vocabulary import TaskStatus
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import Party, a_draft, a_leaderboard, a_quota, a_task, new_id

DETAIL_FIELDS = {
    *("id", "title", "description", "category", "input_spec", "output_spec", "deadline", "budget_cents"),
    *("eval_mode", "status", "criteria", "quota"),
}
CREATED_FIELDS = {"id", "title", "status", "company_id", "created_at", "rubric_criteria"}
LIST_FIELDS = {"id", "title", "category", "deadline", "budget_cents", "eval_mode"}
LEADERBOARD_FIELDS = {"entries", "revealed", "deadline", "taskStatus", "evalMode", "isOwner"}
LOOKING_ON = ["get_leaderboard", "stream_leaderboard", "stream_task"]
ENTRY_FIELDS = {"rank", "agentName", "finalScore", "testScore", "llmScore", "submissionId"}


def actions(answer: Any) -> list[str]:
    return [action["action"] for action in answer["next_actions"]]


async def test_a_draft_is_made_from_the_fields_as_documented(poster: Party, services: FakeServices) -> None:
    task = a_task(poster.account_id, status=TaskStatus.DRAFT, published_at=None)
    services.answer("task POST /internal/tasks", task, 201)
    answer = await poster.ask("POST", "/api/v1/tasks", json=a_draft())
    assert answer.status_code == 201
    made = answer.json()
    assert set(made) >= CREATED_FIELDS
    assert made["company_id"] == str(poster.account_id)
    assert made["rubric_criteria"] == made["criteria"]
    assert made["deadline"].endswith("Z")
    assert actions(made) == ["publish_task", "update_task", "replace_rubric", "put_sample"]
    assert made["next_actions"][0]["path"] == f"/api/v1/tasks/{task.id}/publish"
    sent = services.asked[0].body
    assert (sent["title"], sent["budget_cents"], sent["max_submissions_per_agent"]) == (
        "Summarise the log",
        50_000,
        15,
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "a\x00"}, "title"),
        ({"description": "x" * 10_001}, "description"),
        ({"budget_cents": 9_999}, "budget_cents"),
        ({"budget_cents": "50000"}, "budget_cents"),
        ({"budget_cents": 10**30}, "budget_cents"),
        ({"deadline": "tomorrow"}, "deadline"),
        ({"deadline": "2030-01-01T00:00:00"}, "deadline"),
        ({"test_weight": 101}, "test_weight"),
        ({"criteria": []}, "criteria"),
        ({"criteria": [{"name": "x", "weight": -1, "position": 0}]}, "criteria.0.weight"),
        ({"max_submissions_per_agent": 26}, "max_submissions_per_agent"),
        ({"eval_mode": "dice"}, "eval_mode"),
        ({"eval_image": "not an image"}, "eval_image"),
        ({"eval_memory_mb": 256}, "eval_memory_mb"),
        ({"eval_timeout_seconds": 60}, "eval_timeout_seconds"),
        ({"deadline": "9999-12-31T23:59:59-23:00"}, "deadline"),
        ({"budget": 1}, "budget"),
    ],
)
async def test_a_field_that_is_not_valid_is_named_and_no_service_is_asked(
    poster: Party, services: FakeServices, change: dict[str, Any], field: str
) -> None:
    answer = await poster.ask("POST", "/api/v1/tasks", json=a_draft(**change))
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert field in answer.json()["error"]["details"]
    assert services.asked == []


async def test_only_the_fields_that_came_are_changed(poster: Party, services: FakeServices) -> None:
    task = a_task(poster.account_id, status=TaskStatus.DRAFT, published_at=None)
    services.answer(f"task PATCH /internal/tasks/{task.id}", task)
    body = {"title": "New", "eval_image": None}
    answer = await poster.ask("PATCH", f"/api/v1/tasks/{task.id}", json=body)
    assert answer.status_code == 200
    assert set(answer.json()) >= CREATED_FIELDS
    assert services.asked[0].body == body


async def test_the_rubric_is_replaced_and_answered(poster: Party, services: FakeServices) -> None:
    task = a_task(poster.account_id, status=TaskStatus.DRAFT, published_at=None)
    services.answer(f"task PUT /internal/tasks/{task.id}/rubric", task)
    criteria = [{"name": "Correctness", "description": None, "weight": 100, "position": 0}]
    answer = await poster.ask("PUT", f"/api/v1/tasks/{task.id}/rubric", json={"criteria": criteria})
    assert answer.status_code == 200
    assert answer.json()["criteria"] == criteria
    assert services.asked[0].body == {"criteria": criteria}


async def test_where_the_posters_judge_listens_is_shown_to_the_poster_alone(
    poster: Party, agent: Party, services: FakeServices
) -> None:
    url = "https://example.com/judge"
    task = a_task(poster.account_id, eval_callback_url=url)
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    path = f"/api/v1/tasks/{task.id}"
    assert (await poster.ask("GET", path)).json()["eval_callback_url"] == url
    assert (await agent.ask("GET", path)).json()["eval_callback_url"] is None


async def test_the_list_has_the_documented_page(poster: Party, services: FakeServices) -> None:
    task = a_task(poster.account_id)
    summary = TaskSummary.model_validate(task.model_dump())
    services.answer("task GET /internal/tasks", Page[TaskSummary](data=(summary,), next_cursor="abc"))
    answer = await poster.ask("GET", "/api/v1/tasks?category=code&eval_mode=llm&limit=1&cursor=xyz")
    listed = answer.json()
    assert set(listed["data"][0]) >= LIST_FIELDS
    assert listed["pagination"] == {"has_more": True, "next_cursor": "abc"}
    assert services.asked[0].query == {"category": "code", "eval_mode": "llm", "limit": "1", "cursor": "xyz"}


async def test_the_last_page_says_so(poster: Party, services: FakeServices) -> None:
    services.answer("task GET /internal/tasks", Page[TaskSummary](data=()))
    answer = await poster.ask("GET", "/api/v1/tasks")
    assert answer.json() == {"data": [], "pagination": {"has_more": False, "next_cursor": None}}
    assert services.asked[0].query == {"limit": "20"}


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "eval_mode=dice", "catgory=code", "category=%00"]
)
async def test_a_list_that_is_asked_for_wrongly_is_refused(poster: Party, query: str) -> None:
    answer = await poster.ask("GET", f"/api/v1/tasks?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


async def test_an_agent_reads_a_task_with_its_quota(agent: Party, services: FakeServices) -> None:
    task = a_task(new_id())
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    services.answer(f"submission GET /internal/tasks/{task.id}/quota", a_quota(3))
    read = (await agent.ask("GET", f"/api/v1/tasks/{task.id}")).json()
    assert set(read) >= DETAIL_FIELDS
    assert read["quota"] == {"used": 3, "limit": 15, "remaining": 12}
    assert read["criteria"] == [{"name": "Correctness", "description": None, "weight": 100, "position": 0}]
    assert actions(read) == ["quick_submit", "register_submission", *LOOKING_ON]
    assert "12 of 15" in read["next_actions"][0]["why"]


async def test_an_agent_without_quota_is_not_told_to_submit(agent: Party, services: FakeServices) -> None:
    task = a_task(new_id())
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    services.answer(f"submission GET /internal/tasks/{task.id}/quota", a_quota(15))
    read = (await agent.ask("GET", f"/api/v1/tasks/{task.id}")).json()
    assert actions(read) == LOOKING_ON


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        (TaskStatus.DRAFT, ["publish_task", "update_task", "replace_rubric", "put_sample"]),
        (TaskStatus.OPEN, [*LOOKING_ON, "rejudge_task", "close_task"]),
        (TaskStatus.EVALUATING, [*LOOKING_ON, "rejudge_task", "close_task"]),
        (TaskStatus.CLOSED, ["get_leaderboard", "create_deal"]),
    ],
)
async def test_the_owner_is_told_what_the_status_allows(
    poster: Party, services: FakeServices, status: TaskStatus, offered: list[str]
) -> None:
    task = a_task(poster.account_id, status=status, max_submissions_per_agent=4)
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    read = (await poster.ask("GET", f"/api/v1/tasks/{task.id}")).json()
    assert actions(read) == offered
    assert read["quota"] == {"used": 0, "limit": 4, "remaining": 4}


async def test_a_key_is_told_only_what_its_scopes_allow(poster: Party, services: FakeServices) -> None:
    reader = await poster.key_with("profile:read")
    task = a_task(poster.account_id)
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    assert actions((await reader.ask("GET", f"/api/v1/tasks/{task.id}")).json()) == LOOKING_ON


async def test_a_task_that_is_not_there_is_404_even_if_the_quota_fails(
    agent: Party, services: FakeServices
) -> None:
    id = new_id()
    services.refuse(f"task GET /internal/tasks/{id}", 404, ErrorCode.NOT_FOUND)
    answer = await agent.ask("GET", f"/api/v1/tasks/{id}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


async def test_a_quota_that_can_not_be_told_is_not_guessed(agent: Party, services: FakeServices) -> None:
    task = a_task(new_id())
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    services.hang(f"submission GET /internal/tasks/{task.id}/quota")
    assert (await agent.ask("GET", f"/api/v1/tasks/{task.id}")).status_code == 503


@pytest.mark.parametrize(("step", "status"), [("publish", TaskStatus.OPEN), ("close", TaskStatus.CLOSED)])
async def test_the_owner_moves_a_task(
    poster: Party, services: FakeServices, step: str, status: TaskStatus
) -> None:
    task = a_task(poster.account_id, status=status)
    services.answer(f"task POST /internal/tasks/{task.id}/{step}", task)
    answer = await poster.ask("POST", f"/api/v1/tasks/{task.id}/{step}")
    assert answer.status_code == 200
    assert {key: answer.json()[key] for key in ("id", "status", "title")} == {
        "id": str(task.id),
        "status": status,
        "title": task.title,
    }


async def test_an_image_that_will_judge_is_looked_up_before_the_task_is_published(
    poster: Party, services: FakeServices
) -> None:
    task_id, image = new_id(), "ghcr.io/acme/judge:1"
    place = f"task POST /internal/tasks/{task_id}/publish"
    services.refuse(place, 409, ErrorCode.EVAL_IMAGE_NOT_PINNED, eval_image=image, eval_network=True)
    pinned = PinnedImage(image=image, pin=f"ghcr.io/acme/judge@sha256:{'0a' * 32}")
    services.answer("evaluation POST /internal/eval-images/pin", pinned)
    changed = await poster.ask("POST", f"/api/v1/tasks/{task_id}/publish")
    assert changed.json()["error"]["code"] == "EVAL_IMAGE_NOT_PINNED"
    (looked_up,) = services.asked_of("evaluation")
    assert looked_up.body == {"image": image, "with_network": True}
    first, second = services.asked_of("task")
    assert first.query == {"eval_network": "False"}
    assert second.query == {"eval_image": image, "eval_network": "True", "eval_image_digest": pinned.pin}


async def test_an_image_that_is_not_there_is_refused_and_nothing_is_published(
    poster: Party, services: FakeServices
) -> None:
    task_id = new_id()
    place = f"task POST /internal/tasks/{task_id}/publish"
    services.refuse(place, 409, ErrorCode.EVAL_IMAGE_NOT_PINNED, eval_image="a/b:1", eval_network=False)
    services.refuse("evaluation POST /internal/eval-images/pin", 422, ErrorCode.EVAL_IMAGE_NOT_FOUND)
    refused = await poster.ask("POST", f"/api/v1/tasks/{task_id}/publish")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "EVAL_IMAGE_NOT_FOUND")
    assert len(services.asked_of("task")) == 1


async def test_the_leaderboard_has_the_documented_names_and_waits_for_the_task_as_it_is(
    agent: Party, services: FakeServices
) -> None:
    task = a_task(new_id(), version=7)
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    services.answer(f"ranking GET /internal/tasks/{task.id}/leaderboard", a_leaderboard(task))
    board = (await agent.ask("GET", f"/api/v1/tasks/{task.id}/leaderboard")).json()
    assert set(board) == LEADERBOARD_FIELDS
    assert [set(entry) for entry in board["entries"]] == [ENTRY_FIELDS]
    (asked,) = services.asked_of("ranking")
    assert asked.headers.getall("Joust-After") == [f"{task.id}:7"]


async def test_a_leaderboard_leads_on_to_its_next_page(agent: Party, services: FakeServices) -> None:
    task = a_task(new_id())
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    page = a_leaderboard(task).model_copy(update={"next_cursor": "opaque"})
    services.answer(f"ranking GET /internal/tasks/{task.id}/leaderboard", page)
    path = f"/api/v1/tasks/{task.id}/leaderboard"
    board = (await agent.ask("GET", path, params={"limit": "1", "cursor": "before"})).json()
    assert set(board) == {*LEADERBOARD_FIELDS, "nextCursor"}
    (asked,) = services.asked_of("ranking")
    assert asked.query == {"limit": "1", "cursor": "before"}
    assert (await agent.ask("GET", path, params={"limit": "101"})).status_code == 422


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/tasks/7"),
        ("POST", "/api/v1/tasks/7/publish"),
        ("POST", "/api/v1/tasks/7/close"),
        ("GET", "/api/v1/tasks/7/leaderboard"),
        ("POST", "/api/v1/tasks/7/quick-submit"),
        ("GET", "/api/v1/submissions/7"),
        ("GET", "/api/v1/submissions/7/stream"),
    ],
)
async def test_an_id_that_is_no_uuid_is_named_so(poster: Party, method: str, path: str) -> None:
    body = {"files": {"a": "b"}} if method == "POST" else None
    answer = await poster.ask(method, path, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_UUID")
