"""Test suites: what is kept is what can be run, and a draft has one at most."""

import asyncio
import codecs
import hashlib
import json
from typing import Any

import httpx2
import pytest

from joust_contracts.vocabulary import TaskStatus
from joust_kit.identity import Actor
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_task.tasks.rules import check_suite_can_be_run
from services.task.tests.posting import a_task_in, ask, create, move
from tests.support.objects import content_of

CASE = {"name": "one", "input": "a", "expected_output": "b", "match_type": "exact"}


def suite(*cases: dict[str, Any]) -> bytes:
    return json.dumps({"test_cases": cases}).encode()


async def upload(
    tasks: ServiceUnderTest,
    actor: Actor,
    task_id: str,
    content: bytes,
    name: str = "suite.json",
    **options: Any,
) -> httpx2.Response:
    files = {"file": (name, content)}
    return await ask(tasks, actor, "POST", f"/{task_id}/test-suite", files=files, **options)


async def keys_of(tasks: ServiceUnderTest, task_id: str) -> list[str]:
    storage = tasks.runtime.resources.storage
    return [each.key async for each in storage.list_objects(f"tasks/{task_id}/")]


async def test_a_suite_is_kept_as_it_came(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    content = suite(
        CASE, {**CASE, "name": "two", "match_type": "contains"}, {**CASE, "name": "x", "input": {"n": 1}}
    )
    answer = await upload(tasks, owner, task["id"], content)
    assert answer.status_code == 201, answer.text
    kept = answer.json()["test_suite"]
    assert (kept["cases_count"], kept["size_bytes"]) == (3, len(content))
    assert kept["sha256"] == hashlib.sha256(content).hexdigest()
    assert answer.json()["version"] == 2
    storage = tasks.runtime.resources.storage
    assert await content_of(storage, kept["key"], sha256=kept["sha256"]) == content


async def test_a_suite_may_begin_with_a_byte_order_mark(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    answer = await upload(tasks, owner, task["id"], codecs.BOM_UTF8 + suite(CASE))
    assert answer.status_code == 201, answer.text


async def test_texts_and_numbers_of_a_suite_may_be_as_many_as_fit(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    text, numbers = "[],{}:" * 300_000, [number + 0.5 for number in range(300_000)]
    answer = await upload(tasks, owner, task["id"], suite({**CASE, "input": [text, numbers]}))
    assert answer.status_code == 201, answer.text


async def test_another_suite_replaces_the_first_and_leaves_nothing_behind(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    await upload(tasks, owner, task["id"], suite(CASE))
    answer = await upload(tasks, owner, task["id"], suite(CASE, {**CASE, "name": "two"}))
    assert answer.json()["test_suite"]["cases_count"] == 2
    assert await keys_of(tasks, task["id"]) == [answer.json()["test_suite"]["key"]]


async def test_the_same_idempotency_key_stores_one_suite(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    once = {"Idempotency-Key": "once"}
    first = await upload(tasks, owner, task["id"], suite(CASE), headers=once)
    second = await upload(tasks, owner, task["id"], suite(CASE), headers=once)
    other = await upload(tasks, owner, task["id"], suite({**CASE, "input": "other"}), headers=once)
    assert first.json() == second.json()
    assert (other.status_code, other.json()["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert await keys_of(tasks, task["id"]) == [first.json()["test_suite"]["key"]]


async def test_suites_at_the_same_time_leave_one(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    contents = [suite({**CASE, "input": str(number)}) for number in range(5)]
    answers = await asyncio.gather(*(upload(tasks, owner, task["id"], each) for each in contents))
    assert {answer.status_code for answer in answers} == {201}
    last = max((answer.json() for answer in answers), key=lambda answer: answer["version"])
    assert await keys_of(tasks, task["id"]) == [last["test_suite"]["key"]]


@pytest.mark.parametrize("status", [TaskStatus.OPEN, TaskStatus.CLOSED])
async def test_what_was_published_gets_no_suite(tasks: ServiceUnderTest, status: TaskStatus) -> None:
    owner = an_actor()
    task = await a_task_in(tasks, owner, status)
    refused = await upload(tasks, owner, task["id"], suite(CASE))
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CONFLICT")
    assert await keys_of(tasks, task["id"]) == []


@pytest.mark.parametrize(
    ("content", "status", "field"),
    [
        (b"", 422, "file"),
        (b"{", 422, "file"),
        (b"\xff\xfe", 422, "file"),
        (b"[]", 422, "file"),
        (b"{}", 422, "test_cases"),
        (b'{"test_cases": []}', 422, "test_cases"),
        (b'{"test_cases":' + b"[" * 10_000 + b"]" * 10_000 + b"}", 422, "file"),
        (b'{"test_cases":' + b"9" * 10_000 + b"}", 422, "file"),
        (suite({"name": "one"}), 422, "test_cases.0.input"),
        (suite({**CASE, "match_type": "like"}), 422, "test_cases.0.match_type"),
        (suite({**CASE, "name": ""}), 422, "test_cases.0.name"),
        (suite(CASE, CASE), 422, "test_cases"),
        (suite({**CASE, "match_type": "contains", "expected_output": 7}), 422, "test_cases.0"),
        (suite({**CASE, "weight": 2}), 422, "test_cases.0.weight"),
        (suite({**CASE, "match_type": "contains", "expected_output": " \n"}), 422, "test_cases.0"),
        (suite({**CASE, "match_type": "regex", "expected_output": ""}), 422, "test_cases.0"),
        (suite({**CASE, "match_type": "regex", "expected_output": "("}), 422, "test_cases.0"),
        (suite({**CASE, "match_type": "regex", "expected_output": "(a)\\1"}), 422, "test_cases.0"),
        (suite({**CASE, "match_type": "regex", "expected_output": "(a{1000}){1000}"}), 422, "test_cases.0"),
        (suite({**CASE, "match_type": "regex", "expected_output": "a" * 1001}), 422, "test_cases.0"),
        (suite(*({**CASE, "name": str(number)} for number in range(1001))), 422, "test_cases"),
        (suite(*({**CASE, "name": str(number)} for number in range(100_000))), 413, "file"),
        (b'{"test_cases":[' + b"{}," * 99_999 + b"{}]}", 422, "test_cases"),
        (b" " * 5_000_001, 413, "file"),
        (b'{"test_cases":[' + b"[]," * 1_600_000 + b"[]]}", 413, "file"),
        (b'{"test_cases":[' + b"[]," * 300_000 + b"[]]}", 422, "test_cases"),
    ],
    ids=range(26),
)
async def test_what_can_not_be_run_is_refused_and_not_kept(
    tasks: ServiceUnderTest, content: bytes, status: int, field: str
) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    refused = await upload(tasks, owner, task["id"], content)
    assert refused.status_code == status, refused.text
    details = refused.json()["error"]["details"]
    assert field in details
    assert len(details) == 1 or "test_cases" not in details
    assert not any("Value error" in str(said) for said in details.values())
    assert await keys_of(tasks, task["id"]) == []


@pytest.mark.parametrize("name", ["suite.txt", "suite", "json", "suite.json.exe"])
async def test_a_file_that_is_not_called_json_is_refused(tasks: ServiceUnderTest, name: str) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    refused = await upload(tasks, owner, task["id"], suite(CASE), name)
    assert (refused.status_code, refused.json()["error"]["code"]) == (415, "UNSUPPORTED_FILE_TYPE")


@pytest.mark.parametrize(
    "options",
    [
        {"files": {"other": ("suite.json", suite(CASE))}},
        {"data": {"file": "text"}},
        {"content": b"--x--", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"--y", "headers": {"Content-Type": "multipart/form-data"}},
        {"content": suite(CASE), "headers": {"Content-Type": "application/json"}},
    ],
    ids=range(5),
)
async def test_a_form_without_a_file_is_refused(tasks: ServiceUnderTest, options: dict[str, Any]) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    refused = await ask(tasks, owner, "POST", f"/{task['id']}/test-suite", **options)
    assert refused.status_code in {400, 422}, refused.text


async def test_a_task_with_a_suite_is_not_published_where_none_can_be_run(
    tasks: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks.service.settings, "test_suites", False)
    owner = an_actor()
    task = await create(tasks, owner)
    await upload(tasks, owner, task["id"], suite(CASE))
    refused = await move(tasks, owner, task["id"], "publish")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "NO_SANDBOX")
    assert "test_suite" in refused.json()["error"]["details"]


def test_where_suites_can_be_run_and_where_there_is_none_nothing_is_refused() -> None:
    check_suite_can_be_run(has_suite=True, runs_suites=True)
    check_suite_can_be_run(has_suite=False, runs_suites=False)
