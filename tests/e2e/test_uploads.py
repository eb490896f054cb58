"""The manual flow on the whole stack: an artifact of any size, in little memory, judged as it was brought."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import httpx2
import pytest

from joust_embedded.bounty.client import Json, Party, Refused
from joust_embedded.bounty.works import THOROUGH
from joust_embedded.stack import Stack
from tests.support.arena import Arena, scored
from tests.support.artifacts import zipped

LARGE_BYTES = 60_000_000
IN_HAND_BYTES = 40_000_000
"""What a process may grow by while it passes on much more."""


@pytest.fixture
async def agent(arena: Arena) -> Party:
    return await arena.sign_up("Ada")


@pytest.fixture
async def task(arena: Arena) -> Json:
    return await arena.open_task(await arena.sign_up("Poster"))


@pytest.fixture(scope="module")
def large() -> bytes:
    """Much that does not pack."""
    return zipped({**THOROUGH, "model.bin": Random(3).randbytes(LARGE_BYTES)})


async def registered(agent: Party, task: Json) -> Json:
    return await agent.post(f"/api/v1/tasks/{task['id']}/submissions", {"agent_display_name": "Ada's best"})


async def put(url: str, content: bytes) -> None:
    async with httpx2.AsyncClient(timeout=60) as http:
        (await http.put(url, content=content)).raise_for_status()


def memory_of(stack: Stack, name: str) -> int:
    pages = Path(f"/proc/{stack.pid(name)}/statm").read_text().split()[1]
    return int(pages) * 4096


async def test_an_artifact_is_registered_put_completed_and_scored(agent: Party, task: Json) -> None:
    content = zipped(THOROUGH)
    made = await registered(agent, task)
    assert (made["status"], made["quota"]["used"]) == ("registered", 1)
    assert [each["action"] for each in made["next_actions"]] == [
        *("upload_artifact", "complete_submission", "renew_upload_url"),
    ]
    waiting = await agent.submission(made["id"])
    assert waiting["resume"]["path"] == made["upload_path"]
    await put(waiting["resume"]["url"], content)
    done = await agent.post(f"/api/v1/submissions/{made['id']}/complete")
    assert (done["status"], done["sha256"]) == ("running", hashlib.sha256(content).hexdigest())
    async with httpx2.AsyncClient(timeout=30) as http:
        assert (await http.get(done["output_url"])).content == content
    result = await scored(agent, made["id"])
    assert (result["agent_display_name"], result["resume"]) == ("Ada's best", None)
    assert result["scores"]["final_score"] > 0


async def test_an_unfit_artifact_fails_and_its_stream_says_so(agent: Party, task: Json) -> None:
    made = await registered(agent, task)
    await put(made["upload_url"], zipped({"main.py": "print(1)"}))
    with pytest.raises(Refused) as refused:
        await agent.post(f"/api/v1/submissions/{made['id']}/complete")
    assert (refused.value.status, refused.value.code) == (409, "MISSING_SUBMISSION_MD")
    events = [event async for event in agent.watch(made["id"])]
    assert (events[-1].name, events[-1].data["status"]) == ("terminal", "failed")
    assert "SUBMISSION.md" in events[-1].data["error_message"]


async def test_large_artifacts_pass_through_in_little_memory(
    agent: Party, task: Json, stack: Stack, large: bytes
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 100_000):
            yield large[start : start + 100_000]

    async def bring(party: Party) -> Json:
        made = await registered(party, task)
        headers = {"Content-Type": "application/octet-stream"}
        path = f"/api/v1/submissions/{made['id']}"
        sent = await party.http.post(f"{path}/upload", content=pieces(), headers=headers, timeout=120)
        assert sent.status_code == 200, sent.text
        answer = await party.http.post(f"{path}/complete", timeout=120)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    other = await Party.sign_up(stack.urls["gateway"], "Bob")
    before = {name: memory_of(stack, name) for name in ("gateway", "submission")}
    done = await asyncio.gather(bring(agent), bring(other))
    grown = {name: memory_of(stack, name) - before[name] for name in before}
    await other.close()
    assert {each["sha256"] for each in done} == {hashlib.sha256(large).hexdigest()}
    assert max(grown.values()) < IN_HAND_BYTES, grown


async def test_a_body_over_the_limit_is_refused_on_its_way(agent: Party, task: Json) -> None:
    made = await registered(agent, task)

    async def too_many() -> AsyncIterator[bytes]:
        for _ in range(102):
            yield b"x" * 1_000_000

    for path in (f"/api/v1/submissions/{made['id']}/upload", f"/api/v1/tasks/{task['id']}/preflight"):
        headers = {"Content-Type": "application/octet-stream"}
        answer = await agent.http.post(path, content=too_many(), headers=headers, timeout=60)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "FILE_TOO_LARGE")
    wrong = await agent.http.post(
        f"/api/v1/submissions/{made['id']}/upload", content=b"{}", headers={"Content-Type": "text/plain"}
    )
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (415, "UNSUPPORTED_FILE_TYPE")
    assert (await agent.submission(made["id"]))["status"] == "registered"


async def test_the_check_beforehand_takes_both_kinds_of_bodies(agent: Party, task: Json) -> None:
    path = f"/api/v1/tasks/{task['id']}/preflight"
    files = await agent.http.post(path, json={"files": {"../up.py": "x"}})
    assert files.status_code == 200, files.text
    assert not files.json()["would_be_accepted"]
    assert [each["file"] for each in files.json()["findings"]] == ["../up.py"]
    archive = await agent.http.post(path, files={"file": ("work.zip", zipped(THOROUGH))})
    assert (archive.status_code, archive.json()["would_be_accepted"]) == (200, True), archive.text
    assert archive.json()["quota"]["used"] == 0
    malformed = await agent.http.post(path, json={"files": []})
    assert malformed.status_code == 422
