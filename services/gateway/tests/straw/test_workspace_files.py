"""Files of workspaces in the Straw dialect: both ways in, the way out, and what is refused at the door."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from joust_contracts.internal.common import ErrorCode, Page
from joust_contracts.internal.workspaces import BegunUpload, Deleted, FileEntry, FileQuota
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import NOW, Party

FILES = "/api/v1/workspace/files"
PLACE = "/internal/workspace/file"
RAW = {"Content-Type": "application/octet-stream"}
ENTRY = FileEntry(path="a/b", size_bytes=3, content_type="text/csv", created_at=NOW, updated_at=NOW)
CONTENT = bytes(range(256)) * 2000


async def pieces() -> AsyncIterator[bytes]:
    for start in range(0, len(CONTENT), 5000):
        yield CONTENT[start : start + 5000]


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize("announced", [True, False])
async def test_bytes_are_passed_on_as_they_come(
    agent: Party, services: FakeServices, announced: bool
) -> None:
    services.answer(f"submission PUT {PLACE}", ENTRY)
    headers = {
        **RAW,
        "X-Workspace-Path": "a/b",
        "X-Workspace-Content-Type": "text/csv",
        "Idempotency-Key": "k",
    }
    body = CONTENT if announced else pieces()
    answer = await agent.ask("POST", FILES, content=body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json() == ENTRY.model_dump(mode="json")
    (asked,) = services.asked
    assert asked.body == CONTENT
    assert asked.query == {"path": "a/b", "content_type": "text/csv"}
    assert asked.headers["Idempotency-Key"] == "k"
    assert ("Content-Length" in asked.headers) == announced


async def test_base64_comes_to_the_same(agent: Party, services: FakeServices) -> None:
    services.answer(f"submission PUT {PLACE}", ENTRY)
    body = {"path": "a/b", "content_base64": base64.b64encode(CONTENT).decode()}
    answer = await agent.ask("POST", FILES, json=body)
    assert answer.status_code == 201, answer.text
    assert (services.asked[0].body, services.asked[0].query) == (CONTENT, {"path": "a/b"})


@pytest.mark.parametrize("text", ["a", "YQ", "YQ=", "Y Q==", "YQ==\n", "é", "-_-_", "%%%%"])
async def test_what_is_no_base64_is_refused(agent: Party, services: FakeServices, text: str) -> None:
    answer = await agent.ask("POST", FILES, json={"path": "a", "content_base64": text})
    assert code_of(answer) == (422, "VALIDATION_ERROR")
    assert set(answer.json()["error"]["details"]) == {"content_base64"}
    assert services.asked == []


@pytest.mark.parametrize(
    ("headers", "content", "refusal"),
    [
        ({}, b"", (400, "BAD_REQUEST")),
        ({"Content-Type": "text/csv"}, b"x", (400, "BAD_REQUEST")),
        (RAW, b"x", (422, "VALIDATION_ERROR")),
        ({"Content-Type": "application/json"}, b"{", (400, "BAD_REQUEST")),
        ({"Content-Type": "application/json"}, b"[" * 10_000, (400, "BAD_REQUEST")),
        ({"Content-Type": "application/json"}, b"\xff", (400, "BAD_REQUEST")),
        ({"Content-Type": "application/json"}, b"[]", (422, "VALIDATION_ERROR")),
        (
            {"Content-Type": "application/json"},
            b'{"path": 1, "content_base64": ""}',
            (422, "VALIDATION_ERROR"),
        ),
        ({"Content-Type": "application/json"}, b" " * 10_000_001, (413, "FILE_TOO_LARGE")),
        ({**RAW, "X-Workspace-Path": "a"}, b" " * 25_000_001, (413, "FILE_TOO_LARGE")),
    ],
)
async def test_a_body_that_is_neither_is_refused_at_the_door(
    agent: Party, services: FakeServices, headers: dict[str, str], content: bytes, refusal: tuple[int, str]
) -> None:
    assert code_of(await agent.ask("POST", FILES, content=content, headers=headers)) == refusal
    assert services.asked == []


async def test_a_refusal_of_the_service_is_told(agent: Party, services: FakeServices) -> None:
    services.refuse(f"submission PUT {PLACE}", 409, ErrorCode.FILE_QUOTA_EXCEEDED)
    answer = await agent.ask("POST", FILES, content=b"x", headers={**RAW, "X-Workspace-Path": "a"})
    assert code_of(answer) == (409, "FILE_QUOTA_EXCEEDED")


async def test_a_download_is_passed_through_with_what_was_asked_and_said(
    agent: Party, services: FakeServices
) -> None:
    said = {
        "ETag": '"e"',
        "Content-Disposition": "attachment",
        "X-Content-Type-Options": "nosniff",
        "X-Own": "1",
    }
    services.answer(f"submission GET {PLACE}", "0123", 206, {**said, "Content-Range": "bytes 0-3/9"})
    asked = {"Range": "bytes=0-3", "If-Range": '"e"', "If-None-Match": '"f"', "Cookie": "a=b"}
    answer = await agent.ask("GET", f"{FILES}/a/b", headers=asked)
    assert (answer.status_code, answer.content) == (206, b"0123")
    assert answer.headers["Content-Range"] == "bytes 0-3/9"
    assert {name for name in said if name in answer.headers} == set(said) - {"X-Own"}
    passed_on = services.asked[0].headers
    assert {name: passed_on.get(name) for name in asked} == {**asked, "Cookie": None}
    assert services.asked[0].query == {"path": "a/b"}


async def test_a_range_that_is_not_there_is_refused_with_the_size(
    agent: Party, services: FakeServices
) -> None:
    headers = {"Content-Range": "bytes */9"}
    services.refuse(f"submission GET {PLACE}", 416, ErrorCode.RANGE_NOT_SATISFIABLE, headers)
    answer = await agent.ask("GET", f"{FILES}/a/b", headers={"Range": "bytes=9-"})
    assert code_of(answer) == (416, "RANGE_NOT_SATISFIABLE")
    assert answer.headers["Content-Range"] == "bytes */9"


@pytest.mark.parametrize(
    "how", [{"params": {"metadata": "1"}}, {"headers": {"X-Workspace-Metadata-Only": "true"}}]
)
async def test_metadata_alone_is_told_without_reading_the_file(
    agent: Party, services: FakeServices, how: dict[str, Any]
) -> None:
    services.answer("submission GET /internal/workspace/file-entry", ENTRY)
    answer = await agent.ask("GET", f"{FILES}/a/b", **how)
    assert answer.json() == ENTRY.model_dump(mode="json")
    assert [asked.path for asked in services.asked] == ["/internal/workspace/file-entry"]


@pytest.mark.parametrize("path", ["%2e%2e%2fvalue", "a/../../b", "a%3Fpath=b", "upload-url", "finalize"])
async def test_a_path_can_not_lead_anywhere_else(agent: Party, services: FakeServices, path: str) -> None:
    for method in ("GET", "DELETE"):
        await agent.ask(method, f"{FILES}/{path}")
    assert {asked.path for asked in services.asked} <= {PLACE}


async def test_a_service_that_says_nothing_is_answered_for_in_time(
    agent: Party, services: FakeServices
) -> None:
    services.hang(f"submission GET {PLACE}")
    assert code_of(await agent.ask("GET", f"{FILES}/a")) == (503, "SERVICE_UNAVAILABLE")


async def test_an_upload_past_the_api_says_how_it_goes_on(agent: Party, services: FakeServices) -> None:
    begun = BegunUpload(
        path="a", upload_url="http://s/u", storage_ref="r", expires_at=NOW + timedelta(hours=2)
    )
    services.answer("submission POST /internal/workspace/uploads", begun, 201)
    services.answer("submission POST /internal/workspace/uploads/finalize", ENTRY)
    answer = await agent.ask("POST", f"{FILES}/upload-url", json={"path": "a", "expected_size_bytes": 5})
    assert answer.status_code == 201
    told = answer.json()
    assert (told["upload_method"], told["upload_url"], told["storage_ref"]) == ("PUT", "http://s/u", "r")
    finalized = await agent.ask(told["finalize_method"], told["finalize_url"], json={"path": told["path"]})
    assert (finalized.status_code, finalized.json()) == (200, ENTRY.model_dump(mode="json"))


async def test_the_rest_is_passed_on(agent: Party, services: FakeServices) -> None:
    quota = FileQuota(files_used=1, files_limit=2, bytes_used=3, bytes_limit=4, per_file_byte_limit=5)
    services.answer("submission GET /internal/workspace/files", Page(data=(ENTRY,)))
    services.answer("submission GET /internal/workspace/file-quota", quota)
    services.answer(f"submission DELETE {PLACE}", Deleted())
    listed = await agent.ask("GET", FILES, params={"prefix": "a/"})
    assert listed.json() == {"data": [ENTRY.model_dump(mode="json")], "has_more": False, "next_cursor": None}
    assert (await agent.ask("GET", f"{FILES}/quota")).json() == quota.model_dump()
    assert (await agent.ask("DELETE", f"{FILES}/a")).json() == {"deleted": True}
