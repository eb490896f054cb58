"""Attachments: only what their name promises, no more than allowed, and nothing left behind."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from joust_contracts.vocabulary import TaskStatus
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_task.files.keys import FileKey, FileKind
from joust_task.files.orphans import OrphanSweep
from services.task.tests.posting import a_task_in, ask, create

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 100
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 " + b"\0" * 100
PDF = b"%PDF-1.7\n" + b"\0" * 100


async def attach(
    tasks: ServiceUnderTest,
    actor: Actor,
    task_id: str,
    name: str = "a.txt",
    content: bytes = b"text",
    **options: Any,
) -> httpx2.Response:
    data = {"field": "description", **options.pop("data", {})}
    files = {"file": (name, content)}
    return await ask(tasks, actor, "POST", f"/{task_id}/attachments", files=files, data=data, **options)


async def listed(tasks: ServiceUnderTest, actor: Actor, task_id: str) -> list[dict[str, Any]]:
    answer = await ask(tasks, actor, "GET", f"/{task_id}/attachments")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["attachments"])


async def keys_of(tasks: ServiceUnderTest, task_id: str) -> list[str]:
    storage = tasks.runtime.resources.storage
    return [each.key async for each in storage.list_objects(f"tasks/{task_id}/")]


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("a.csv", b"region,amount\nnorth,10\n", "text/csv; charset=utf-8"),
        ("a.JSON", b'\n {"a": 1}', "application/json"),
        ("a.txt", "gr\u00fc\u00dfe".encode(), "text/plain; charset=utf-8"),
        ("a.png", PNG, "image/png"),
        ("a.jpg", JPEG, "image/jpeg"),
        ("a.jpeg", JPEG, "image/jpeg"),
        ("a.webp", WEBP, "image/webp"),
        ("a.pdf", PDF, "application/pdf"),
    ],
)
async def test_each_type_is_kept_and_comes_back_as_a_download(
    tasks: ServiceUnderTest, name: str, content: bytes, content_type: str
) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    made = await attach(tasks, owner, task["id"], name, content, data={"description": "What it is"})
    assert made.status_code == 201, made.text
    shown = made.json()
    assert (shown["filename"], shown["file_size"], shown["content_type"]) == (
        name,
        len(content),
        content_type,
    )
    assert (shown["field"], shown["description"]) == ("description", "What it is")
    (again,) = await listed(tasks, owner, task["id"])
    assert again["id"] == shown["id"]
    async with httpx2.AsyncClient(timeout=30) as http:
        got = await http.get(again["download_url"])
        altered = await http.get(again["download_url"].replace(shown["id"], str(RandomIds().new())))
    assert (got.status_code, got.content) == (200, content)
    assert got.headers["Content-Type"] == content_type
    assert got.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{name}"
    assert "X-Amz-Expires=3600" in again["download_url"]
    assert altered.status_code == 403


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("a.exe", b"MZ", 415),
        ("a.svg", b"<svg/>", 415),
        ("a", b"text", 415),
        (".txt", b"text", 415),
        ("a.txt.html", b"text", 415),
        ("a.png", b"text", 415),
        ("a.png", JPEG, 415),
        ("a.jpg", PNG, 415),
        ("a.pdf", b"<html></html>", 415),
        ("a.txt", PNG, 415),
        ("a.csv", b"PK\x03\x04" + b"x" * 100, 415),
        ("a.txt", b"\xff\xfe", 415),
        ("a.txt", b"a\0b", 415),
        ("a.txt", b"a" * 1_000_000 + b"\xc3", 415),
        ("a.json", b"text {", 201),
        ("a.json", b"<html>", 415),
        ("a.json", b"   ", 415),
        ("a.txt", b"", 422),
        ("a.txt", b"a" * 10_000_001, 413),
        ("a.txt", b"a" * 10_000_000, 201),
        ("a/b.txt", b"text", 422),
        ("..\\b.txt", b"text", 422),
        ("a\u202etxt.txt", b"text", 422),
        ("a" * 252 + ".txt", b"text", 422),
    ],
    ids=range(24),
)
async def test_a_file_that_is_not_what_it_may_be_is_refused_and_not_kept(
    tasks: ServiceUnderTest, name: str, content: bytes, status: int
) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    answer = await attach(tasks, owner, task["id"], name, content)
    assert answer.status_code == status, answer.text
    assert len(await keys_of(tasks, task["id"])) == (status == 201)
    if status == 415:
        assert answer.json()["error"]["code"] == "UNSUPPORTED_FILE_TYPE"


@pytest.mark.parametrize(
    "data",
    [{"field": "rubric"}, {"description": "x" * 1001}, {"description": "a\0"}, {"more": "x"}],
    ids=range(4),
)
async def test_a_form_that_says_what_it_may_not_is_refused(
    tasks: ServiceUnderTest, data: dict[str, str]
) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    refused = await attach(tasks, owner, task["id"], data=data)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


async def test_a_task_has_ten_at_most_however_many_come_at_once(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    answers = await asyncio.gather(*(attach(tasks, owner, task["id"], f"{n}.txt") for n in range(16)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] * 10 + [409] * 6
    assert {a.json()["error"]["code"] for a in answers if a.status_code == 409} == {"ATTACHMENT_LIMIT"}
    assert len(await listed(tasks, owner, task["id"])) == 10
    assert len(await keys_of(tasks, task["id"])) == 10


async def test_a_deleted_attachment_is_gone_from_database_and_storage_and_makes_room(
    tasks: ServiceUnderTest,
) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    made = (await attach(tasks, owner, task["id"])).json()
    gone = await ask(tasks, owner, "DELETE", f"/{task['id']}/attachments/{made['id']}")
    assert (gone.status_code, gone.json()) == (200, {"id": made["id"], "deleted": True})
    assert await listed(tasks, owner, task["id"]) == []
    assert await keys_of(tasks, task["id"]) == []
    again = await ask(tasks, owner, "DELETE", f"/{task['id']}/attachments/{made['id']}")
    assert (again.status_code, again.json()["error"]["code"]) == (404, "NOT_FOUND")


async def test_an_attachment_of_another_task_can_not_be_deleted_by_way_of_the_own(
    tasks: ServiceUnderTest,
) -> None:
    owner, other = an_actor(), an_actor()
    task, own = await create(tasks, owner), await create(tasks, other)
    made = (await attach(tasks, owner, task["id"])).json()
    refused = await ask(tasks, other, "DELETE", f"/{own['id']}/attachments/{made['id']}")
    assert refused.status_code == 404
    assert len(await listed(tasks, owner, task["id"])) == 1


@pytest.mark.parametrize("status", [TaskStatus.OPEN, TaskStatus.CLOSED])
async def test_others_see_but_do_not_touch_the_attachments_of_what_was_published(
    tasks: ServiceUnderTest, status: TaskStatus
) -> None:
    owner, stranger = an_actor(), an_actor()
    task = await a_task_in(tasks, owner, status)
    made = (await attach(tasks, owner, task["id"])).json()
    assert len(await listed(tasks, stranger, task["id"])) == 1
    assert (await attach(tasks, stranger, task["id"])).status_code == 403
    refused = await ask(tasks, stranger, "DELETE", f"/{task['id']}/attachments/{made['id']}")
    assert refused.status_code == 403


async def test_those_of_a_draft_are_its_owners_alone(tasks: ServiceUnderTest) -> None:
    owner, stranger = an_actor(), an_actor()
    task = await create(tasks, owner)
    await attach(tasks, owner, task["id"])
    assert (await ask(tasks, stranger, "GET", f"/{task['id']}/attachments")).status_code == 404
    assert (await attach(tasks, stranger, task["id"])).status_code == 404


async def test_the_same_idempotency_key_attaches_once(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    once = {"Idempotency-Key": "once"}
    first = await attach(tasks, owner, task["id"], headers=once)
    second = await attach(tasks, owner, task["id"], headers=once)
    other = await attach(tasks, owner, task["id"], content=b"other", headers=once)
    assert first.json() == second.json()
    assert (other.status_code, other.json()["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(await keys_of(tasks, task["id"])) == 1


async def test_the_sweep_removes_what_no_task_refers_to_and_only_that(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    kept = (await attach(tasks, owner, task["id"])).json()
    suite = b'{"test_cases": [{"name": "a", "input": "", "expected_output": "", "match_type": "exact"}]}'
    files = {"file": ("suite.json", suite)}
    with_suite = (await ask(tasks, owner, "POST", f"/{task['id']}/test-suite", files=files)).json()
    resources = tasks.runtime.resources
    for kind in FileKind:
        await resources.storage.put(
            str(FileKey(task["id"], kind, RandomIds().new())),
            _once(b"x"),
            size_bytes=1,
            content_type="text/plain",
        )
    sweep = OrphanSweep(tasks.database, resources.storage, timedelta(hours=1), timedelta(hours=1))
    await sweep.sweep()
    assert len(await keys_of(tasks, task["id"])) == 2 + len(FileKind), "what is young may be on its way"
    with tasks.clock.ahead(timedelta(hours=2)):
        await sweep.sweep()
    expected = {f"tasks/{task['id']}/attachments/{kept['id']}", with_suite["test_suite"]["key"]}
    assert set(await keys_of(tasks, task["id"])) == expected


async def _once(content: bytes) -> Any:
    yield content
