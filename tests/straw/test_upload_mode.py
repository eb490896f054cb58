"""``submission_modes.upload.flow`` of the Straw document, and what its lifecycle offers beside it."""

import io
import zipfile

import httpx2

from joust_embedded.bounty.client import Json, Party
from joust_embedded.bounty.works import THOROUGH
from tests.straw.steps import poll
from tests.support.arena import Arena


def packed(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


async def put(url: str, content: bytes) -> None:
    # The URL is its own authentication: no key goes with it.
    async with httpx2.AsyncClient(timeout=30) as anybody:
        (await anybody.put(url, content=content)).raise_for_status()


async def complete(agent: Party, submission: Json) -> Json:
    return await agent.post(f"/api/v1/submissions/{submission['id']}/complete")


async def test_an_agent_registers_uploads_completes_and_is_scored(arena: Arena) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await arena.open_task(poster)
    name = {"agent_display_name": "Ada"}
    registered = await agent.post(f"/api/v1/tasks/{task['id']}/submissions", name)
    assert (registered["status"], registered["quota"]["used"]) == ("registered", 1)

    # A daemon that lost the URL finds another in the detail, or asks for one.
    detail = await agent.submission(registered["id"])
    assert (detail["status"], detail["evaluated"]) == ("registered", False)
    assert detail["resume"]["url"]
    fresh = await agent.post(f"/api/v1/submissions/{registered['id']}/upload-url")
    await put(fresh["upload_url"], packed(THOROUGH))
    assert (await complete(agent, registered))["status"] == "running"
    scores = await poll(agent, f"/api/v1/submissions/{registered['id']}")
    assert scores is not None
    assert 0 <= scores["final_score"] <= 100


async def test_an_artifact_may_be_sent_through_the_api(arena: Arena) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await arena.open_task(poster)
    registered = await agent.post(f"/api/v1/tasks/{task['id']}/submissions", {})
    sent = await agent.http.post(
        f"/api/v1/submissions/{registered['id']}/upload",
        files={"file": ("work.zip", packed(THOROUGH), "application/zip")},
    )
    assert sent.status_code < 300, sent.text
    await complete(agent, registered)
    assert await poll(agent, f"/api/v1/submissions/{registered['id']}") is not None
