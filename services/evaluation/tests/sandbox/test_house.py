"""What is left of a worker that died, and of a run that was cancelled."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from joust_evaluation.sandbox.base import Limits, Program, Sandbox, SandboxFailed, SandboxMissing
from joust_evaluation.sandbox.choice import choose_sandbox
from joust_evaluation.sandbox.house import opened_house, remove_dead_houses
from joust_evaluation.settings import SandboxKind
from services.evaluation.tests.test_settings import settings_with

WORKER = """
import asyncio, pathlib, sys
from joust_evaluation.sandbox.base import Limits, Program
from joust_evaluation.sandbox.bubblewrap import Bubblewrap
from joust_evaluation.sandbox.house import opened_house

async def main():
    with opened_house(pathlib.Path(sys.argv[1])) as house:
        sandbox = Bubblewrap(house)
        async with sandbox.room() as room:
            print("ready", flush=True)
            await sandbox.run(Program(("sleep", sys.argv[2]), room, limits=Limits(seconds=60)))

asyncio.run(main())
"""


def sleepers(marker: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if command[:2] == [b"sleep", marker.encode()]:
            found.append(path.parent.name)
    return found


async def until(condition: object, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.02)


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
    assert len(list(place.iterdir())) == 1
    with opened_house(place):
        assert len(list(place.iterdir())) == 1
    assert list(place.iterdir()) == []


async def test_a_run_that_is_cancelled_leaves_nothing(sandbox: Sandbox) -> None:
    marker = f"88{os.getpid()}"
    async with sandbox.room() as room:
        running = asyncio.create_task(
            sandbox.run(Program(("sleep", marker), room, limits=Limits(seconds=60)))
        )
        await until(lambda: sleepers(marker))
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not sleepers(marker)
    assert not room.exists()


async def test_the_house_of_a_living_worker_is_left_alone(place: Path) -> None:
    with opened_house(place) as house:
        assert remove_dead_houses(place) == 0
        assert house.rooms.is_dir()


async def test_runs_side_by_side_do_not_disturb_each_other(sandbox: Sandbox) -> None:
    async with sandbox.room() as room:
        (room / "main.py").write_text("print(input() * 2)")
        runs = await asyncio.gather(
            *(sandbox.run(Program(("python3", "main.py"), room, f"{n}".encode())) for n in range(6))
        )
    assert [run.stdout.decode().strip() for run in runs] == [f"{n}{n}" for n in range(6)]


async def test_a_sandbox_that_can_not_be_set_up_is_no_failure_of_the_program(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxFailed):
        await sandbox.run(Program(("true",), Path("/no/such/folder")))


async def test_without_a_back_end_nothing_is_executed(place: Path) -> None:
    async with choose_sandbox(settings_with(sandbox=SandboxKind.NONE)) as none:
        with pytest.raises(SandboxMissing, match="JOUST_EVALUATION_SANDBOX"):
            none.room()
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
