"""What every back end does with a run, however it goes."""

import asyncio
import os
from pathlib import Path
from uuid import uuid4

import pytest

from joust_evaluation.sandbox.base import Limits, Program, Sandbox, SandboxFailed
from services.evaluation.tests.sandbox.processes import sleepers, until


async def test_a_run_that_is_cancelled_leaves_nothing(sandbox: Sandbox) -> None:
    marker = f"88{os.getpid()}"
    async with sandbox.room(uuid4()) as room:
        running = asyncio.create_task(
            sandbox.run(Program(("sleep", marker), room, limits=Limits(seconds=60)))
        )
        await until(lambda: sleepers(marker))
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not sleepers(marker)
    assert not room.exists()


async def test_runs_side_by_side_do_not_disturb_each_other(sandbox: Sandbox) -> None:
    async with sandbox.room(uuid4()) as room:
        (room / "main.py").write_text("print(input() * 2)")
        runs = await asyncio.gather(
            *(sandbox.run(Program(("python3", "main.py"), room, f"{n}".encode())) for n in range(6))
        )
    assert [run.stdout.decode().strip() for run in runs] == [f"{n}{n}" for n in range(6)]


async def test_a_sandbox_that_can_not_be_set_up_is_no_failure_of_the_program(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxFailed):
        await sandbox.run(Program(("true",), Path("/no/such/folder")))
