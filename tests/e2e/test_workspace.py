"""A workspace on the whole stack: bytes that come back as they went in, by every way, in little memory."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import httpx2
import pytest

from joust_embedded.bounty.client import Party
from joust_embedded.stack import Stack
from tests.support.arena import Arena

FILES = "/api/v1/workspace/files"
LARGE = Random(5).randbytes(20_000_000)
IN_HAND_BYTES = 14_000_000
"""What a process may grow by while it passes on much more."""


@pytest.fixture
async def agent(arena: Arena) -> Party:
    return await arena.sign_up("Ada")


async def pieces() -> AsyncIterator[bytes]:
    for start in range(0, len(LARGE), 100_000):
        yield LARGE[start : start + 100_000]


async def upload(agent: Party, path: str) -> httpx2.Response:
    headers = {"Content-Type": "application/octet-stream", "X-Workspace-Path": path}
    return await agent.http.post(FILES, content=pieces(), headers=headers)


def memory_of(stack: Stack, name: str) -> int:
    pages = Path(f"/proc/{stack.pid(name)}/statm").read_text().split()[1]
    return int(pages) * 4096


async def test_a_value_comes_back_as_it_went_in(agent: Party) -> None:
    value = {"deep": [[[{"n": 10**30, "text": "\u0000é\U0001f600", "none": None}]]]}
    answer = await agent.http.put("/api/v1/workspace/kv/a/b", json={"value": value})
    assert answer.status_code == 200, answer.text
    assert (await agent.get("/api/v1/workspace/kv/a/b"))["value"] == value


async def test_a_million_bytes_are_a_value_and_one_more_are_not(agent: Party) -> None:
    path = "/api/v1/workspace/kv/large"
    assert (await agent.http.put(path, json={"value": "x" * 999_998})).status_code == 200
    assert (await agent.http.put(path, json={"value": "x" * 999_999})).status_code == 413
    assert (await agent.get("/api/v1/workspace/quota"))["bytes_used"] == 1_000_000


async def test_parallel_writers_never_pass_the_cap_of_ten_megabytes(agent: Party) -> None:
    body = json.dumps({"value": "x" * 899_998})
    headers = {"Content-Type": "application/json"}
    answers = await asyncio.gather(
        *(agent.http.put(f"/api/v1/workspace/kv/{n}", content=body, headers=headers) for n in range(16))
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [409] * 5
    assert (await agent.get("/api/v1/workspace/quota"))["bytes_used"] == 9_900_000


async def test_a_small_file_comes_back_as_it_went_in_whole_and_in_part(agent: Party) -> None:
    content = bytes(range(256))
    body = {
        "path": "a/b.bin",
        "content_base64": base64.b64encode(content).decode(),
        "content_type": "image/png",
    }
    await agent.post(FILES, body)
    whole = await agent.http.get(f"{FILES}/a/b.bin")
    assert (whole.content, whole.headers["Content-Type"]) == (content, "image/png")
    part = await agent.http.get(f"{FILES}/a/b.bin", headers={"Range": "bytes=-6"})
    assert (part.status_code, part.content) == (206, content[-6:])
    same = await agent.http.get(f"{FILES}/a/b.bin", headers={"If-None-Match": whole.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")


async def test_large_files_pass_through_in_little_memory(agent: Party, stack: Stack) -> None:
    await upload(agent, "warm")
    before = {name: memory_of(stack, name) for name in ("gateway", "submission")}
    answers = await asyncio.gather(*(upload(agent, f"large/{number}") for number in range(4)))
    assert [answer.status_code for answer in answers] == [201, 201, 201, 201], answers[-1].text
    downloads = await asyncio.gather(*(agent.http.get(f"{FILES}/large/{number}") for number in range(4)))
    assert all(download.content == LARGE for download in downloads)
    grown = {name: memory_of(stack, name) - before[name] for name in before}
    assert max(grown.values()) < IN_HAND_BYTES, grown


async def test_one_byte_over_the_cap_is_refused_on_its_way(agent: Party) -> None:
    async def too_many() -> AsyncIterator[bytes]:
        for _ in range(26):
            yield b"x" * 1_000_000

    headers = {"Content-Type": "application/octet-stream", "X-Workspace-Path": "a"}
    answer = await agent.http.post(FILES, content=too_many(), headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "FILE_TOO_LARGE")
    assert (await agent.get(f"{FILES}/quota"))["files_used"] == 0


async def test_a_file_goes_past_the_api_and_is_there_once_finalized(agent: Party) -> None:
    begun = await agent.post(
        f"{FILES}/upload-url", {"path": "models/m.bin", "expected_size_bytes": len(LARGE)}
    )
    async with httpx2.AsyncClient(timeout=30) as http:
        (await http.put(begun["upload_url"], content=LARGE)).raise_for_status()
    finalized = await agent.post(begun["finalize_url"], {"path": "models/m.bin"})
    assert finalized["size_bytes"] == len(LARGE)
    assert (await agent.http.get(f"{FILES}/models/m.bin")).content == LARGE
