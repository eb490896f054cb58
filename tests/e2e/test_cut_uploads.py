"""Uploads that stop half-way, whichever way they come: nothing is left behind, and the whole upload works then."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from random import Random
from urllib.parse import urlsplit

import httpx2

from joust_contracts.services import ServiceName
from joust_embedded.bounty.client import Json, Party
from joust_embedded.bounty.works import THOROUGH
from joust_embedded.stack import Stack
from joust_kit.storage import ObjectStorage
from joust_submission.artifacts.keys import key_of_upload
from joust_task.files.keys import KEY_PREFIX
from tests.support.arena import Arena, scored
from tests.support.artifacts import zipped
from tests.support.services import service_of

CONTENT = zipped({**THOROUGH, "model.bin": Random(5).randbytes(400_000)})
BYTES = {"Content-Type": "application/octet-stream"}
FORM = {"Content-Type": "multipart/form-data; boundary=end-of-part"}
_PATIENCE_SECONDS = 20


def form_of(name: str, content: bytes) -> bytes:
    """A form as a client would send it."""
    field = b'--end-of-part\r\nContent-Disposition: form-data; name="field"\r\n\r\ndescription\r\n'
    file = f'--end-of-part\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return field + file.encode() + content + b"\r\n--end-of-part--\r\n"


async def stop_half_way(
    method: str, url: str, body: bytes, headers: Mapping[str, str], party: Party | None = None
) -> None:
    """Announce the whole body, send half of it, hang up, and wait until the other side has done so, too."""
    at = urlsplit(url)
    key = {} if party is None else {"Authorization": party.http.headers["Authorization"]}
    lines = {"Host": at.netloc, "Content-Length": str(len(body)), **headers, **key}
    target = f"{at.path}?{at.query}" if at.query else at.path
    head = (
        f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {lines[name]}\r\n" for name in lines) + "\r\n"
    )
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    writer.write(head.encode() + body[: len(body) // 2])
    await writer.drain()
    writer.write_eof()
    async with asyncio.timeout(_PATIENCE_SECONDS):
        answer = await reader.read()
    writer.close()
    assert not answer.startswith(b"HTTP/1.1 2"), answer


async def keys_under(stack: Stack, service: ServiceName, prefix: str) -> list[str]:
    async with ObjectStorage(service_of(stack, service).settings) as storage:
        return [each.key async for each in storage.list_objects(prefix)]


async def registered(arena: Arena) -> tuple[Party, Json]:
    """An agent whose submission waits for its artifact."""
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await arena.open_task(poster)
    return agent, await agent.post(f"/api/v1/tasks/{task['id']}/submissions", {})


async def test_an_artifact_that_stops_half_way_is_none(arena: Arena, stack: Stack) -> None:
    agent, made = await registered(arena)
    path = f"/api/v1/submissions/{made['id']}"
    await stop_half_way("POST", f"{arena.url}{path}/upload", CONTENT, BYTES, agent)
    await stop_half_way("POST", f"{arena.url}{path}/upload", form_of("a.zip", CONTENT), FORM, agent)
    await stop_half_way("PUT", made["upload_url"], CONTENT, {})
    nothing = await agent.http.post(f"{path}/complete")
    assert (nothing.status_code, nothing.json()["error"]["code"]) == (409, "NO_UPLOAD_FOUND")
    assert await keys_under(stack, ServiceName.SUBMISSION, key_of_upload(made["id"])) == []
    waiting = await agent.submission(made["id"])
    assert (waiting["status"], waiting["quota"]["used"]) == ("registered", 1)

    async with httpx2.AsyncClient(timeout=30) as anybody:
        (await anybody.put(waiting["resume"]["url"], content=CONTENT)).raise_for_status()
    await agent.post(f"{path}/complete")
    assert (await scored(agent, made["id"]))["status"] == "completed"


async def test_an_attachment_that_stops_half_way_is_none(arena: Arena, stack: Stack) -> None:
    poster = await arena.sign_up("Poster")
    task = await poster.create_task()
    path = f"/api/tasks/{task['id']}/attachments"
    await stop_half_way("POST", f"{arena.url}{path}", form_of("a.txt", b"x" * 500_000), FORM, poster)
    assert (await poster.http.get(path)).json() == []
    assert await keys_under(stack, ServiceName.TASK, f"{KEY_PREFIX}{task['id']}/") == []
    whole = await poster.http.post(path, content=form_of("a.txt", b"x" * 500_000), headers=FORM)
    assert (whole.status_code, whole.json()["file_size"]) == (201, 500_000)


async def test_a_file_of_the_workspace_that_stops_half_way_is_none(arena: Arena) -> None:
    agent = await arena.sign_up("Agent")
    path = "/api/v1/workspace/files"
    named = {**BYTES, "X-Workspace-Path": "runs/1.bin"}
    await stop_half_way("POST", f"{arena.url}{path}", CONTENT, named, agent)
    in_json = b'{"path": "runs/1.bin", "content_base64": "' + b64encode(CONTENT) + b'"}'
    await stop_half_way("POST", f"{arena.url}{path}", in_json, {"Content-Type": "application/json"}, agent)
    begun = await agent.post(f"{path}/upload-url", {"path": "runs/1.bin"})
    await stop_half_way("PUT", begun["upload_url"], CONTENT, {})
    nothing = await agent.http.post(f"{path}/finalize", json={"path": "runs/1.bin"})
    assert (nothing.status_code, nothing.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert (await agent.get(f"{path}/quota"))["files_used"] == 0
    whole = await agent.http.post(path, content=CONTENT, headers=named)
    assert (whole.status_code, whole.json()["size_bytes"]) == (201, len(CONTENT))
