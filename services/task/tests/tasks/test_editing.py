"""What an owner may change of a draft, and that nobody may change what was published."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from joust_contracts.events import TaskUpdated
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import EvalMode, TaskStatus
from joust_kit.testing.component import ServiceUnderTest, an_actor
from services.task.tests.posting import a_task, a_task_in, ask, create, move

RUBRIC = {
    "criteria": [
        {"name": "Speed", "weight": 40, "position": 1},
        {"name": "Truth", "weight": 60, "position": 0},
    ]
}
CHANGES: dict[str, Any] = {
    "title": "Another",
    "description": "d",
    "category": "data",
    "input_spec": "i",
    "output_spec": "o",
    "test_weight": 25,
    "llm_weight": 75,
    "budget_cents": 10_000,
    "eval_mode": "hybrid",
    "eval_image": "ghcr.io/acme/judge:1.2",
    "eval_network": True,
    "eval_memory_mb": 4096,
    "eval_timeout_seconds": 3600,
    "eval_callback_url": "https://example.com/judge",
    "max_submissions_per_agent": 25,
}


async def test_all_fields_of_a_draft_can_be_changed_and_the_change_is_told(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    changed = await ask(tasks, owner, "PATCH", f"/{task['id']}", CHANGES)
    assert changed.status_code == 200, changed.text
    expected = {**task, **CHANGES, "version": 2}
    assert changed.json() == expected
    assert (await ask(tasks, owner, "GET", f"/{task['id']}")).json() == expected
    (told,) = [event for event in await tasks.emitted(TaskUpdated) if str(event.task.id) == task["id"]]
    assert told.task.model_dump(mode="json") == expected


async def test_a_field_that_is_left_out_stays(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner, description="as it was")
    changed = await ask(tasks, owner, "PATCH", f"/{task['id']}", {"title": "New"})
    assert changed.json() == {**task, "title": "New", "version": 2}


@pytest.mark.parametrize("field", sorted(set(CHANGES) - {"eval_image", "eval_callback_url"}))
async def test_a_field_can_not_be_emptied_by_null(tasks: ServiceUnderTest, field: str) -> None:
    refused = await ask(tasks, an_actor(), "PATCH", "/0190f5fe-0000-7000-8000-000000000000", {field: None})
    assert refused.status_code == 422
    assert field in refused.json()["error"]["details"]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"test_weight": 10}, "INVALID_WEIGHTS", "sum"),
        ({"deadline": "2020-01-01T00:00:00Z"}, "VALIDATION_ERROR", "deadline"),
        ({"deadline": "9999-12-31T23:59:59-23:00"}, "VALIDATION_ERROR", "deadline"),
        ({"eval_mode": "container"}, "VALIDATION_ERROR", "eval_image"),
        ({"eval_mode": "hybrid"}, "VALIDATION_ERROR", "eval_image"),
        ({"eval_mode": "external"}, "VALIDATION_ERROR", "eval_callback_url"),
        ({"eval_callback_url": "ftp://example.com"}, "VALIDATION_ERROR", "eval_callback_url"),
        ({"eval_callback_url": "https://u:p@example.com"}, "VALIDATION_ERROR", "eval_callback_url"),
        ({"eval_callback_url": "https://"}, "VALIDATION_ERROR", "eval_callback_url"),
        ({"eval_callback_url": "https://example.com:99999/"}, "VALIDATION_ERROR", "eval_callback_url"),
        ({"eval_callback_url": "https://ex ample.com/"}, "VALIDATION_ERROR", "eval_callback_url"),
        ({"eval_callback_url": "https://[::1/"}, "VALIDATION_ERROR", "eval_callback_url"),
        ({"eval_callback_url": "https://10.0.0.1/"}, "VALIDATION_ERROR", "eval_callback_url"),
        ({"eval_callback_url": "https://2130706433/"}, "VALIDATION_ERROR", "eval_callback_url"),
        ({"eval_callback_url": "https://169.254.169.254/"}, "VALIDATION_ERROR", "eval_callback_url"),
        ({"eval_callback_url": "https://metadata.google.internal/"}, "VALIDATION_ERROR", "eval_callback_url"),
        ({"eval_image": "not an image"}, "VALIDATION_ERROR", "eval_image"),
        ({"eval_image": "-x"}, "VALIDATION_ERROR", "eval_image"),
        ({"eval_network": "yes"}, "VALIDATION_ERROR", "eval_network"),
        ({"eval_memory_mb": 511}, "VALIDATION_ERROR", "eval_memory_mb"),
        ({"eval_memory_mb": 4097}, "VALIDATION_ERROR", "eval_memory_mb"),
        ({"eval_timeout_seconds": 599}, "VALIDATION_ERROR", "eval_timeout_seconds"),
        ({"eval_timeout_seconds": 3601}, "VALIDATION_ERROR", "eval_timeout_seconds"),
        ({"max_submissions_per_agent": 0}, "VALIDATION_ERROR", "max_submissions_per_agent"),
        ({"criteria": []}, "VALIDATION_ERROR", "criteria"),
    ],
)
async def test_a_change_that_does_not_fit_is_refused_and_changes_nothing(
    tasks: ServiceUnderTest, change: dict[str, Any], code: str, field: str
) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    refused = await ask(tasks, owner, "PATCH", f"/{task['id']}", change)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, code), refused.text
    assert field in refused.json()["error"]["details"]
    assert (await ask(tasks, owner, "GET", f"/{task['id']}")).json() == task


@pytest.mark.parametrize(
    ("url", "is_taken"),
    [
        ("https://judge.example.com/", True),
        ("https://127.0.0.1.nip.io/", True),  # a name like any other; its address is refused when connecting
        ("http://judge.example.com/", False),
        ("https://127.0.0.1/", False),
        ("https://localhost/", False),
        ("https://[::1]/", False),
        ("https://[::ffff:169.254.169.254]/", False),
    ],
)
async def test_where_a_callback_may_lead_is_the_rule_of_webhooks(
    open_service: Callable[..., Awaitable[ServiceUnderTest]], url: str, is_taken: bool
) -> None:
    owner = an_actor()
    tasks = await open_service(ServiceName.TASK, allow_insecure_targets=False)
    draft = a_task(eval_mode="external", eval_callback_url=url)
    made = await ask(tasks, owner, "POST", "", draft)
    assert made.status_code == (201 if is_taken else 422), made.text
    if not is_taken:
        assert list(made.json()["error"]["details"]) == ["eval_callback_url"]


@pytest.mark.parametrize(
    "fields",
    [
        {"eval_mode": "container", "eval_image": "python:3.12-slim", "test_weight": 100, "llm_weight": 0},
        {"eval_mode": "hybrid", "eval_image": f"localhost:5000/judge@sha256:{'a' * 64}"},
    ],
    ids=lambda fields: fields["eval_mode"],
)
async def test_a_mode_without_a_judge_can_be_drafted_but_not_published(
    open_service: Callable[..., Awaitable[ServiceUnderTest]], fields: dict[str, Any]
) -> None:
    owner = an_actor()
    tasks = await open_service(ServiceName.TASK, eval_modes=frozenset({EvalMode.LLM}))
    task = await create(tasks, owner, **fields)
    assert {name: task[name] for name in fields} == fields
    refused = await move(tasks, owner, task["id"], "publish")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "EVAL_MODE_UNAVAILABLE")
    assert "eval_mode" in refused.json()["error"]["details"]


async def test_a_task_that_its_poster_judges_can_be_published(tasks: ServiceUnderTest) -> None:
    judge = {"eval_mode": "external", "eval_callback_url": "https://example.com/judge?x=1"}
    task = await create(tasks, owner := an_actor(), **judge)
    published = await move(tasks, owner, task["id"], "publish")
    assert {name: published.json()[name] for name in judge} == judge


@pytest.mark.parametrize("mode", ["container", "hybrid", "external"])
async def test_a_mode_without_what_it_needs_is_refused_at_once(tasks: ServiceUnderTest, mode: str) -> None:
    refused = await ask(tasks, an_actor(), "POST", "", a_task(eval_mode=mode))
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


async def test_the_rubric_is_replaced_as_a_whole(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    replaced = await ask(tasks, owner, "PUT", f"/{task['id']}/rubric", RUBRIC)
    assert replaced.status_code == 200, replaced.text
    assert [criterion["name"] for criterion in replaced.json()["criteria"]] == ["Speed", "Truth"]
    assert replaced.json()["version"] == 2


@pytest.mark.parametrize(
    ("criteria", "code"),
    [
        ([{"name": "Only", "weight": 99.9, "position": 0}], "INVALID_WEIGHTS"),
        ([{"name": "Twice", "weight": 50, "position": 0}] * 2, "VALIDATION_ERROR"),
        ([], "VALIDATION_ERROR"),
        ([{"name": "x", "weight": 100, "position": 0}] * 51, "VALIDATION_ERROR"),
        ([{"name": "  ", "weight": 100, "position": 0}], "VALIDATION_ERROR"),
    ],
)
async def test_a_rubric_that_can_not_be_judged_by_is_refused(
    tasks: ServiceUnderTest, criteria: list[Any], code: str
) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    refused = await ask(tasks, owner, "PUT", f"/{task['id']}/rubric", {"criteria": criteria})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, code)
    assert (await ask(tasks, owner, "GET", f"/{task['id']}")).json() == task


async def test_a_draft_can_not_grow_too_large_for_an_event_in_steps(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner, input_spec="\x01" * 50_000)
    criteria = [
        {"name": f"c{number}", "description": "\x01" * 2000, "weight": 2, "position": number}
        for number in range(50)
    ]
    refused = await ask(tasks, owner, "PUT", f"/{task['id']}/rubric", {"criteria": criteria})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert (await ask(tasks, owner, "GET", f"/{task['id']}")).json() == task


@pytest.mark.parametrize("status", [TaskStatus.OPEN, TaskStatus.EVALUATING, TaskStatus.CLOSED])
async def test_what_was_published_can_not_be_edited(tasks: ServiceUnderTest, status: TaskStatus) -> None:
    owner = an_actor()
    task = await a_task_in(tasks, owner, status)
    for method, path, body in (("PATCH", "", {"title": "New"}), ("PUT", "/rubric", RUBRIC)):
        refused = await ask(tasks, owner, method, f"/{task['id']}{path}", body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CONFLICT")
    assert (await ask(tasks, owner, "GET", f"/{task['id']}")).json() == task


async def test_changes_at_the_same_time_follow_each_other(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    changes = [
        {"title": f"Title {number}"} if number % 2 else {"category": f"c{number}"} for number in range(8)
    ]
    answers = await asyncio.gather(*(ask(tasks, owner, "PATCH", f"/{task['id']}", each) for each in changes))
    assert sorted(answer.json()["version"] for answer in answers) == list(range(2, 10))
    last = max((answer.json() for answer in answers), key=lambda answer: answer["version"])
    assert (await ask(tasks, owner, "GET", f"/{task['id']}")).json() == last


async def test_a_task_that_is_published_while_it_is_edited_is_what_was_published(
    tasks: ServiceUnderTest,
) -> None:
    owner = an_actor()
    for _ in range(5):
        task = await create(tasks, owner)
        published, edited = await asyncio.gather(
            move(tasks, owner, task["id"], "publish"),
            ask(tasks, owner, "PUT", f"/{task['id']}/rubric", RUBRIC),
        )
        assert published.status_code == 200
        assert edited.status_code in {200, 409}
        names = [criterion["name"] for criterion in published.json()["criteria"]]
        assert (names == ["Speed", "Truth"]) == (edited.status_code == 200)
