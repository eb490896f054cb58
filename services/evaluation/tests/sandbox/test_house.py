"""What is left of a worker of bubblewrap that died, and what is chosen where."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from joust_evaluation.sandbox.base import Program, Sandbox, SandboxMissing
from joust_evaluation.sandbox.choice import choose_sandbox
from joust_evaluation.sandbox.house import opened_house, remove_dead_houses
from joust_evaluation.settings import SandboxKind
from services.evaluation.tests.sandbox.back_ends import open_bubblewrap
from services.evaluation.tests.sandbox.processes import bubblewraps, sleepers, until
from services.evaluation.tests.test_settings import settings_with

WORKER = """
import asyncio, pathlib, sys, uuid
from joust_evaluation.sandbox.base import Limits, Program
from joust_evaluation.sandbox.bubblewrap import open_bubblewrap
from joust_evaluation.sandbox.house import opened_house

async def main():
    with opened_house(pathlib.Path(sys.argv[1])) as house:
        async with open_bubblewrap(house, 1) as sandbox, sandbox.room(uuid.uuid4()) as room:
            await sandbox.run(Program(("true",), room))
            await sandbox.run(Program(("sleep", sys.argv[2]), room, limits=Limits(seconds=60)))

asyncio.run(main())
"""


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    """Houses are of bubblewrap alone."""
    async with open_bubblewrap() as opened:
        yield opened


async def test_a_worker_that_is_killed_leaves_no_process_and_the_next_removes_its_folder(
    sandbox: Sandbox, place: Path
) -> None:
    marker = f"87{os.getpid()}"
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, str(place), marker)
    try:
        await until(lambda: sleepers(marker))
    finally:
        worker.send_signal(signal.SIGKILL)
    await worker.wait()
    await until(lambda: not sleepers(marker))
    await until(lambda: not bubblewraps(place))
    assert len(list(place.iterdir())) == 1
    with opened_house(place):
        assert len(list(place.iterdir())) == 1
    assert list(place.iterdir()) == []


async def test_the_house_of_a_living_worker_is_left_alone(place: Path) -> None:
    with opened_house(place) as house:
        assert remove_dead_houses(place) == 0
        assert house.rooms.is_dir()


async def test_without_a_back_end_nothing_is_executed(place: Path) -> None:
    async with choose_sandbox(settings_with(sandbox=SandboxKind.NONE)) as none:
        with pytest.raises(SandboxMissing, match="JOUST_EVALUATION_SANDBOX"):
            none.room(uuid4())
        with pytest.raises(SandboxMissing):
            await none.run(Program(("true",), place))


async def test_where_bubblewrap_does_not_start_auto_refuses_and_its_name_keeps_the_service_down(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    monkeypatch.setattr(
        "joust_evaluation.sandbox.bubblewrap._reachable_bwrap", lambda _house: Path("/bin/false")
    )
    async with choose_sandbox(settings_with(sandbox_folder=place)) as none:
        assert none.name == "none"
        with pytest.raises(SandboxMissing, match="does not start"):
            await none.run(Program(("true",), place))
    with pytest.raises(ValueError, match="JOUST_EVALUATION_SANDBOX=bubblewrap can't be used"):
        async with choose_sandbox(settings_with(sandbox="bubblewrap", sandbox_folder=place)):
            pass


async def test_auto_finds_what_works_here(sandbox: Sandbox, place: Path) -> None:
    async with choose_sandbox(settings_with(sandbox_folder=place)) as found:
        assert found.name == sandbox.name
