"""A poster's own judge, as a poster would write one: it comes for its work, downloads it and posts scores."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx2

from joust_embedded.bounty.client import Json, Party

NOTHING = 204
"""The answer to a claim when nothing waits."""


def score_of(files: Mapping[str, bytes]) -> float:
    """Two points for each line of code, up to 100: what a judge says is its own affair."""
    lines = sum(content.count(b"\n") for name, content in files.items() if name.endswith(".py"))
    return float(min(100, 2 * lines))


async def download(request: Json) -> dict[str, bytes]:
    """The work that is to be judged."""
    async with httpx2.AsyncClient(timeout=30) as http:
        artifact = (await http.get(request["artifact_url"])).raise_for_status().content
    with zipfile.ZipFile(io.BytesIO(artifact)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def claim(poster: Party, task_id: str) -> Json | None:
    """The next submission, with an id for the attempt: asked again after a broken line, it gets the same."""
    headers = {"Idempotency-Key": str(uuid4())}
    answer = await poster.http.post(f"/api/v1/tasks/{task_id}/evaluations/claim", headers=headers)
    if answer.status_code == NOTHING:
        return None
    return dict(answer.raise_for_status().json())


async def extend(poster: Party, claimed: Json) -> Json:
    """Keep the submission while judging takes its time."""
    path = f"/api/v1/evaluations/{claimed['evaluation_id']}/extend"
    return await poster.post(path, {"lease_id": claimed["lease_id"]})


async def say(base_url: str, request: Json, **verdict: Any) -> httpx2.Response:
    """Post a verdict with the token that came with the request, and the lease if it was claimed; no key."""
    lease = {"lease_id": request["lease_id"]} if "lease_id" in request else {}
    body = {"callback_token": request["callback_token"], **lease, **verdict}
    async with httpx2.AsyncClient(base_url=base_url, timeout=30) as http:
        return await http.post(f"/api/v1/submissions/{request['submission_id']}/external-score", json=body)


async def judge_what_waits(poster: Party, task_id: str) -> list[Json]:
    """The whole loop: claim, judge, post, until nothing waits. Returns what was answered to the scores."""
    taken = []
    while (claimed := await claim(poster, task_id)) is not None:
        score = score_of(await download(claimed))
        await extend(poster, claimed)
        answer = await say(str(poster.http.base_url), claimed, final_score=score, reasoning="Counted lines.")
        taken.append(answer.raise_for_status().json())
    return taken
