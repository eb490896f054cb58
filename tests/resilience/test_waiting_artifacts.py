"""Artifacts that wait for their judge lie in storage, and in no service's memory."""

import json
import os
from pathlib import Path
from uuid import uuid4
from zipfile import ZIP_STORED, ZipFile

import aiohttp
import pytest

from joust_embedded.bounty.client import Json, Party
from joust_embedded.bounty.works import THOROUGH
from joust_embedded.stack import Stack
from joust_testing import ScriptedJudge
from tests.support.arena import Arena, scored, submit_and_wait
from tests.support.memory import Memory

pytestmark = pytest.mark.faults
AGENTS = 5
MOST_GROWTH_BYTES = 64 * 2**20
_PUT_SECONDS = 300
_JUDGED_SECONDS = 900


@pytest.mark.parametrize(
    ("count", "megabytes"), [(AGENTS, 30), pytest.param(50, 99.9, marks=pytest.mark.campaign)]
)
async def test_memory_is_flat_while_artifacts_come_and_wait_and_are_judged(
    young_stack: Stack, provider: ScriptedJudge, tmp_path: Path, count: int, megabytes: float
) -> None:
    arena, mark = Arena(young_stack), f"mark-{uuid4().hex}"
    poster = await arena.sign_up("Poster")
    agents = [await arena.sign_up(f"Agent {number}") for number in range(AGENTS)]
    task = await arena.open_task(poster)
    await submit_and_wait(agents[0], task["id"])  # all has been imported and connected
    archive = packed(tmp_path / "work.zip", mark, int(megabytes * 1e6))
    memory, figures = Memory(young_stack), {}
    async with memory.watched():
        with provider.holding(mark):
            handed = [
                (agents[turn % AGENTS], await bring(agents[turn % AGENTS], task, archive))
                for turn in range(count)
            ]
            assert {(await agent.submission(id))["status"] for agent, id in handed} == {"running"}
            assert provider.times_asked(mark) < count, "there are as many workers as submissions: none waits"
            figures["came and waited"] = memory.growth_mib()
        for agent, id in handed:
            await scored(agent, id, seconds=_JUDGED_SECONDS)
        figures["and were judged"] = memory.growth_mib()
    print(f"{count} artifacts of {megabytes} MB; MiB more: {json.dumps(figures)}")
    assert max(memory.growth_mib().values()) <= MOST_GROWTH_BYTES / 2**20 < count * megabytes
    await arena.close()


def packed(path: Path, mark: str, size_bytes: int) -> Path:
    """An archive of bytes that do not pack, with ``mark`` in its description."""
    with ZipFile(path, "w", ZIP_STORED) as archive:
        archive.writestr("SUBMISSION.md", f"{THOROUGH['SUBMISSION.md']}\n{mark}\n")
        archive.writestr("data.bin", os.urandom(size_bytes))
    return path


async def bring(agent: Party, task: Json, archive: Path) -> str:
    """Register, put, complete; returns the submission's id."""
    made = await agent.post(f"/api/v1/tasks/{task['id']}/submissions", {})
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(_PUT_SECONDS)) as session:
        with archive.open("rb") as content:
            async with session.put(made["upload_url"], data=content) as answer:
                answer.raise_for_status()
    path = f"/api/v1/submissions/{made['id']}/complete"
    done = await agent.http.post(path, timeout=_PUT_SECONDS)
    assert done.status_code == 200, done.text
    return str(made["id"])
