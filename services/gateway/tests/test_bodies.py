"""Bodies that come packed or too slowly are refused before anything is done with them."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from joust_contracts.internal.workspaces import ValueEntry
from joust_gateway.bodies import GuardBodies
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import NOW, Party, a_snapshot, a_task, new_id, running, sign_up

JSON = {"Content-Type": "application/json"}
KEYS = "/api/api-keys"
ENTRY = ValueEntry(key="a", size_bytes=3, created_at=NOW, updated_at=NOW)


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip", "x-what"])
async def test_a_packed_body_is_refused_and_never_unpacked(
    agent: Party, services: FakeServices, encoding: str
) -> None:
    bomb = gzip.compress(b"[" * 50_000_000)
    headers = {**JSON, "Content-Encoding": encoding}
    answer = await agent.ask("POST", f"/api/v1/tasks/{new_id()}/quick-submit", content=bomb, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "UNSUPPORTED_FILE_TYPE")
    assert services.asked == []


async def test_a_body_that_is_said_to_be_plain_is_taken(agent: Party) -> None:
    answer = await agent.ask("POST", KEYS, json={}, headers={"Content-Encoding": "identity"})
    assert answer.status_code == 201


WIDE = b"[" + b"[]," * 600_000 + b"[]]"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/v1/tasks", b'{"criteria": ' + WIDE + b"}"),
        ("POST", "/api/v1/tasks", b"{" + b'"a":{},' * 200_000 + b'"a":{}}'),
        ("PUT", "/api/v1/workspace/kv/a", b'{"value": ' + WIDE + b"}"),
        ("POST", "/api/v1/workspace/files", WIDE),
    ],
    ids=["lists", "objects", "value", "file"],
)
async def test_json_that_is_too_wide_is_refused_before_it_is_read(
    agent: Party, services: FakeServices, method: str, path: str, body: bytes
) -> None:
    answer = await agent.ask(method, path, content=body, headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "FILE_TOO_LARGE")
    assert list(answer.json()["error"]["details"]) == ["max_body_marks"]
    assert services.asked == []


async def test_a_value_may_be_as_wide_as_a_megabyte_allows(agent: Party, services: FakeServices) -> None:
    services.answer("submission PUT /internal/workspace/value", ENTRY)
    value = b"[" + b"0," * 499_998 + b"0]"
    answer = await agent.ask("PUT", "/api/v1/workspace/kv/a", content=b'{"value": %b}' % value, headers=JSON)
    assert answer.status_code == 200, answer.text
    assert services.asked[0].body == {"value_json": value.decode()}


async def test_as_many_files_as_may_be_are_taken_whatever_is_in_them(
    agent: Party, services: FakeServices
) -> None:
    task = new_id()
    files = {f"data/{number}.csv": "1,[2],{3}\n" * 10 for number in range(10_000)}
    answer = await agent.ask("POST", f"/api/v1/tasks/{task}/quick-submit", json={"files": files})
    assert answer.status_code != 413, answer.text
    assert [asked.path for asked in services.asked] == [f"/internal/tasks/{task}"]


@pytest.mark.parametrize("pause_seconds", [0.05, 30], ids=["trickles", "stops"])
async def test_a_body_that_comes_too_slowly_is_given_up(open_gateway: Any, pause_seconds: float) -> None:
    gateway: ServiceUnderTest = await open_gateway(body_grace_seconds=0.3, body_min_bytes_per_second=1000)
    party = await sign_up(gateway)
    began = time.monotonic()

    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield b" "
            await asyncio.sleep(pause_seconds)

    answer = await party.ask("POST", KEYS, content=slowly(), headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (408, "BAD_REQUEST")
    assert answer.headers["Connection"] == "close"
    assert time.monotonic() - began < 10


async def test_an_upload_that_is_passed_on_as_it_comes_is_given_up_as_well(
    open_gateway: Any, services: FakeServices
) -> None:
    gateway: ServiceUnderTest = await open_gateway(body_grace_seconds=0.3, body_min_bytes_per_second=1000)
    party = await sign_up(gateway)
    task = a_task(new_id())
    view = running(a_snapshot(party, task))
    path = f"/submissions/{view.submission.id}"
    services.answer(f"submission GET /internal{path}", view)
    services.answer(f"task GET /internal/tasks/{task.id}", task)

    async def stops() -> AsyncIterator[bytes]:
        yield b"PK\x03\x04"
        await asyncio.sleep(30)

    headers = {"Content-Type": "application/octet-stream"}
    answer = await party.ask("POST", f"/api/v1{path}/upload", content=stops(), headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (408, "BAD_REQUEST")


async def test_a_slow_body_that_comes_fast_enough_is_taken_and_so_is_one_that_the_app_reads_late() -> None:
    read: list[bytes] = []

    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        await asyncio.sleep(0.5)
        while True:
            message = await receive()
            read.append(message["body"])
            if not message["more_body"]:
                return

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x" * 100, "more_body": len(read) < 20}

    async def send(_message: Any) -> None:
        raise AssertionError("nothing is refused")

    guarded = GuardBodies(app, grace_seconds=0.3, min_bytes_per_second=500)
    await guarded({"type": "http", "headers": []}, receive, send)
    assert len(read) == 21
