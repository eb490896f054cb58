"""Every way to be refused: code and status, and that nothing is left behind."""

import json
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from joust_contracts.events import TaskClosed
from joust_contracts.vocabulary import TaskStatus
from joust_kit.errors import Unavailable
from joust_kit.storage import ObjectStorage
from joust_kit.testing.component import an_actor
from services.submission.tests.conftest import Arena, Uploads


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_an_unknown_task_can_not_be_found(arena: Arena, uploads: Uploads) -> None:
    assert refusal(await arena.submit(an_actor(), uuid4())) == (404, "NOT_FOUND")
    assert not uploads.written


async def test_a_draft_of_somebody_else_can_not_be_found(arena: Arena, uploads: Uploads) -> None:
    task = await arena.open_task(status=TaskStatus.DRAFT)
    assert refusal(await arena.submit(an_actor(), task.id)) == (404, "NOT_FOUND")
    assert not uploads.written


async def test_a_draft_of_ones_own_is_not_open(arena: Arena) -> None:
    owner = an_actor()
    task = await arena.open_task(owner, status=TaskStatus.DRAFT)
    assert refusal(await arena.submit(owner, task.id)) == (409, "TASK_NOT_OPEN")


@pytest.mark.parametrize("status", [TaskStatus.EVALUATING, TaskStatus.CLOSED])
async def test_a_task_that_is_over_is_not_open(arena: Arena, uploads: Uploads, status: TaskStatus) -> None:
    task = await arena.open_task(status=status)
    answer = await arena.submit(an_actor(), task.id)
    assert refusal(answer) == (409, "TASK_NOT_OPEN")
    assert answer.json()["error"]["details"] == {"status": status.value}
    assert not uploads.written


async def test_the_deadline_counts_by_the_clock_before_its_event_has_come(
    arena: Arena, uploads: Uploads
) -> None:
    task = await arena.open_task()
    with arena.service.clock.ahead(timedelta(days=2, seconds=1)):
        assert refusal(await arena.submit(an_actor(), task.id)) == (409, "DEADLINE_PASSED")
    assert not uploads.written
    assert (await arena.submit(an_actor(), task.id)).status_code == 201


async def test_an_owner_can_not_compete_in_the_own_task(arena: Arena, uploads: Uploads) -> None:
    owner = an_actor()
    task = await arena.open_task(owner)
    assert refusal(await arena.submit(owner, task.id)) == (403, "FORBIDDEN")
    assert not uploads.written


async def test_a_used_up_quota_is_refused_with_its_figures_and_uploads_nothing(
    arena: Arena, uploads: Uploads
) -> None:
    agent, task = an_actor(), await arena.open_task(max_submissions_per_agent=1)
    await arena.submitted(agent, task)
    uploads.written.clear()
    answer = await arena.submit(agent, task.id)
    assert refusal(answer) == (409, "QUOTA_EXHAUSTED")
    assert answer.json()["error"]["details"] == {"used": 1, "limit": 1}
    assert not uploads.written


async def test_what_is_refused_after_the_upload_is_removed_from_storage(
    arena: Arena, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, task = an_actor(), await arena.open_task()
    put = ObjectStorage.put

    async def put_while_the_owner_closes(storage: ObjectStorage, *args: Any, **rest: Any) -> Any:
        closed = task.model_copy(update={"version": 3, "status": TaskStatus.CLOSED})
        await arena.service.deliver(TaskClosed(task=closed))
        return await put(storage, *args, **rest)

    monkeypatch.setattr(ObjectStorage, "put", put_while_the_owner_closes)
    assert refusal(await arena.submit(agent, task.id)) == (409, "TASK_NOT_OPEN")
    assert len(uploads.written) == 1
    assert uploads.removed == uploads.written
    assert not await arena.has_object(uploads.written[0])
    assert await arena.received(task) == []
    quota = await arena.get(agent, f"/internal/tasks/{task.id}/quota")
    assert quota.json()["used"] == 0


async def test_no_connection_is_kept_while_uploading(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    task = await arena.open_task()
    put = ObjectStorage.put
    in_use: list[int] = []

    async def counting_put(storage: ObjectStorage, *args: Any, **rest: Any) -> Any:
        in_use.append(arena.service.database.engine.pool.checkedout())
        return await put(storage, *args, **rest)

    monkeypatch.setattr(ObjectStorage, "put", counting_put)
    await arena.submitted(an_actor(), task)
    assert in_use == [0]


async def test_a_failed_removal_does_not_hide_the_refusal(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = await arena.open_task()
    put = ObjectStorage.put
    passing = ExitStack()

    async def slow_put(storage: ObjectStorage, *args: Any, **rest: Any) -> Any:
        passing.enter_context(arena.service.clock.ahead(timedelta(days=3)))
        return await put(storage, *args, **rest)

    async def broken_delete(storage: ObjectStorage, key: str) -> None:
        raise Unavailable()

    monkeypatch.setattr(ObjectStorage, "put", slow_put)
    monkeypatch.setattr(ObjectStorage, "delete", broken_delete)
    with passing:
        assert refusal(await arena.submit(an_actor(), task.id)) == (409, "DEADLINE_PASSED")


async def test_storage_that_does_not_answer_is_a_503_and_uses_up_no_quota(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, task = an_actor(), await arena.open_task()

    async def broken_put(storage: ObjectStorage, *args: Any, **rest: Any) -> Any:
        raise Unavailable()

    monkeypatch.setattr(ObjectStorage, "put", broken_put)
    assert refusal(await arena.submit(agent, task.id)) == (503, "SERVICE_UNAVAILABLE")
    assert (await arena.get(agent, f"/internal/tasks/{task.id}/quota")).json()["used"] == 0
    assert await arena.received(task) == []


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a\\b", "a//b", "a\nb", "message/../self"])
async def test_a_hostile_name_is_refused_by_name(arena: Arena, uploads: Uploads, name: str) -> None:
    answer = await arena.submit(an_actor(), (await arena.open_task()).id, {"fine.py": "", name: ""})
    assert refusal(answer) == (422, "VALIDATION_ERROR")
    assert list(answer.json()["error"]["details"]) == [f"files.{name}"]
    assert not uploads.written


@pytest.mark.parametrize(
    "body",
    [
        {"files": {}},
        {"files": {"": "x"}},
        {"files": {"a\x00b": "x"}},
        {"files": {"n" * 1025: "x"}},
        {"files": {"a": 1}},
        {"files": ["a"]},
        {"files": {"a": "x"}, "agent_display_name": ""},
        {"files": {"a": "x"}, "agent_display_name": "n" * 101},
        {"files": {"a": "x"}, "self": 1, "message": 2},
        {"files": {"a": "\ud800"}},
        {"files": {"\ud800": "x"}},
        {"files": {"a": "x"}, "agent_display_name": "\ud800"},
        {},
    ],
)
async def test_a_malformed_request_is_a_422_with_details(arena: Arena, body: dict[str, Any]) -> None:
    task = await arena.open_task()
    headers = arena.service.as_actor(an_actor(), **{"Content-Type": "application/json"})
    path = f"/internal/tasks/{task.id}/quick-submissions"
    answer = await arena.service.http.post(path, content=json.dumps(body), headers=headers)
    assert refusal(answer) == (422, "VALIDATION_ERROR")
    assert answer.json()["error"]["details"]


async def test_files_that_are_too_large_together_are_a_413(narrow_arena: Arena, uploads: Uploads) -> None:
    task = await narrow_arena.open_task()
    answer = await narrow_arena.submit(an_actor(), task.id, {"a": "x" * 2500, "b": "x" * 2500})
    assert refusal(answer) == (413, "FILE_TOO_LARGE")
    assert answer.json()["error"]["details"]["max_bytes"] == 4000
    assert not uploads.written


async def test_a_request_without_the_gateways_token_is_refused(arena: Arena) -> None:
    path = f"/internal/tasks/{uuid4()}/quick-submissions"
    assert (await arena.service.http.post(path, json={"files": {"a": "b"}})).status_code == 401
    for read in ("submissions/{}", "tasks/{}/quota", "tasks/{}/agents/{}/latest"):
        assert (await arena.service.http.get("/internal/" + read.format(uuid4(), uuid4()))).status_code == 401


async def test_an_id_that_is_no_uuid_is_a_400(arena: Arena) -> None:
    headers = arena.service.as_actor(an_actor())
    path = "/internal/tasks/7/quick-submissions"
    answer = await arena.service.http.post(path, json={"files": {"a": "b"}}, headers=headers)
    assert refusal(answer) == (400, "INVALID_UUID")
