"""The process that begins sandboxes for a worker: what happens without it."""

import asyncio
import os
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from joust_evaluation.sandbox.base import Ending, Limits, Program, Sandbox, SandboxFailed
from joust_evaluation.sandbox.bubblewrap import Bubblewrap
from services.evaluation.tests.sandbox.back_ends import open_bubblewrap
from services.evaluation.tests.sandbox.processes import sleepers, until


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    """Bubblewrap alone has a launcher."""
    async with open_bubblewrap() as opened:
        yield opened


def kill_launcher(sandbox: Sandbox) -> None:
    assert isinstance(sandbox, Bubblewrap)
    process = sandbox._launcher._process
    assert process is not None
    process.kill()
    process.wait()


async def test_a_launcher_that_was_killed_is_begun_again(sandbox: Sandbox) -> None:
    async with sandbox.room(uuid4()) as room:
        for _ in range(2):
            assert (await sandbox.run(Program(("true",), room))).succeeded
            kill_launcher(sandbox)
        assert (await sandbox.run(Program(("true",), room))).succeeded


async def test_with_a_launcher_goes_what_it_has_begun_and_that_is_no_failure_of_the_program(
    sandbox: Sandbox,
) -> None:
    marker = f"85{os.getpid()}"
    async with sandbox.room(uuid4()) as room:
        running = asyncio.create_task(
            sandbox.run(Program(("sleep", marker), room, limits=Limits(seconds=60)))
        )
        await until(lambda: sleepers(marker))
        kill_launcher(sandbox)
        with pytest.raises(SandboxFailed):
            await running
        assert not sleepers(marker)
        assert (await sandbox.run(Program(("true",), room))).succeeded


async def test_a_command_that_is_too_long_is_no_failure_of_the_worker(sandbox: Sandbox) -> None:
    async with sandbox.room(uuid4()) as room:
        with pytest.raises(SandboxFailed):
            await sandbox.run(Program(("echo", "x" * 300_000), room))
        run = await sandbox.run(Program(("echo", "x" * 100_000), room))
        assert (run.ending, len(run.stdout)) == (Ending.EXITED, 100_001)
