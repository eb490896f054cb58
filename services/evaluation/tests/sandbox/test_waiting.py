"""Sandboxes that wait for the next program: taken by one, replaced, and gone with their worker."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import uvloop

from joust_evaluation.sandbox.base import Ending, Limits, Program, Run, Sandbox, SandboxFailed
from joust_evaluation.sandbox.waiting import Maker, Waiting
from services.evaluation.tests.sandbox.back_ends import open_bubblewrap
from services.evaluation.tests.sandbox.processes import until

NOTHING = ("true",)
ODD_WORDS = (
    "",
    " ",
    "a b",
    "'",
    '"',
    "$HOME",
    "`id`",
    "*",
    "-n",
    "--",
    "\n",
    "\\",
    "é\U0001f40d",
    "x" * 9000,
)


class Made:
    """What was made in a test, in order."""

    def __init__(self) -> None:
        self.all: list[Waiting] = []
        self.fails = False

    def are_there(self) -> list[bool]:
        return [each.is_there for each in self.all]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    found = Made()
    make = Maker.make

    async def remembering(self: Maker) -> Waiting:
        if found.fails:
            raise SandboxFailed("no more")
        found.all.append(await make(self))
        return found.all[-1]

    monkeypatch.setattr(Maker, "make", remembering)
    return found


@pytest.fixture
async def sandbox(made: Made) -> AsyncIterator[Sandbox]:
    """Fresh, so that a test knows what waits."""
    async with open_bubblewrap() as opened:
        yield opened


def descriptors() -> int:
    """How many this process has open."""
    return len(os.listdir("/proc/self/fd"))


async def run_of(sandbox: Sandbox, *argv: str, limits: Limits | None = None, **environment: str) -> Run:
    async with sandbox.room(uuid4()) as room:
        return await sandbox.run(Program(argv, room, environment=environment, limits=limits or Limits()))


async def test_a_program_runs_in_the_sandbox_that_waited_and_the_next_has_one_again(
    sandbox: Sandbox, made: Made
) -> None:
    assert (await run_of(sandbox, *NOTHING)).succeeded
    await until(lambda: made.are_there() == [False, True])
    assert (await run_of(sandbox, *NOTHING)).succeeded
    await until(lambda: made.are_there() == [False, False, True])


async def test_what_waits_fits_any_program(sandbox: Sandbox) -> None:
    assert (await run_of(sandbox, *NOTHING)).succeeded
    show = "import resource, sys, json; print(json.dumps([sys.argv[1:], resource.getrlimit(7), open('a').read()]))"
    async with sandbox.room(uuid4()) as room:
        (room / "a").write_text("its own")
        words = ("python3", "-c", show, *ODD_WORDS)
        run = await sandbox.run(Program(words, room, limits=Limits(open_files=77)))
    assert json.loads(run.stdout) == [list(ODD_WORDS), [77, 77], "its own"], run


async def test_options_of_any_length_are_told(sandbox: Sandbox) -> None:
    long = {f"LONG_{number}": "x" * 100_000 for number in range(3)}
    run = await run_of(
        sandbox, "python3", "-c", "import os; print(sum(map(len, os.environ.values())))", **long
    )
    assert int(run.stdout) > 300_000, run


async def test_one_that_was_ended_by_somebody_else_is_not_used(sandbox: Sandbox, made: Made) -> None:
    await run_of(sandbox, *NOTHING)
    await until(lambda: made.are_there() == [False, True])
    made.all[1].process.kill()
    await until(lambda: not made.all[1].is_there)
    assert (await run_of(sandbox, *NOTHING)).succeeded


async def test_programs_at_once_share_none(sandbox: Sandbox, made: Made) -> None:
    await run_of(sandbox, *NOTHING)
    runs = await asyncio.gather(*(run_of(sandbox, "echo", str(number)) for number in range(4)))
    assert [int(run.stdout) for run in runs] == list(range(4))
    await until(lambda: made.are_there().count(True) == 1)


async def test_a_run_that_is_cancelled_while_it_waits_leaves_what_waits_to_the_next(
    sandbox: Sandbox, made: Made
) -> None:
    await run_of(sandbox, *NOTHING)
    cut_off = asyncio.create_task(run_of(sandbox, *NOTHING))
    await asyncio.sleep(0)
    cut_off.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cut_off
    await until(lambda: made.are_there() == [False, True])
    assert (await run_of(sandbox, *NOTHING)).succeeded
    assert not made.all[1].is_there


async def test_where_none_can_be_made_the_next_program_is_told_so(sandbox: Sandbox, made: Made) -> None:
    await run_of(sandbox, *NOTHING)
    await until(lambda: made.are_there() == [False, True])
    made.fails = True
    assert (await run_of(sandbox, *NOTHING)).succeeded
    with pytest.raises(SandboxFailed):
        await run_of(sandbox, *NOTHING)
    made.fails = False
    assert (await run_of(sandbox, *NOTHING)).succeeded


async def test_none_is_left_when_the_worker_stops(made: Made) -> None:
    async with open_bubblewrap() as sandbox:
        await run_of(sandbox, *NOTHING)
    assert made.are_there() == [False, False]
    assert not [folder for each in made.all if each.group for folder in each.group.folders if folder.exists()]


@pytest.mark.parametrize("told", [b"", b"--ro-bind\0/\0/\0", b"--ro-bind\0/\0/\0--unshare-all"])
async def test_one_that_is_told_no_end_of_its_options_begins_nothing(
    sandbox: Sandbox, made: Made, tmp_path: Path, told: bytes
) -> None:
    """As when its worker dies."""
    await run_of(sandbox, *NOTHING)
    await until(lambda: made.are_there() == [False, True])
    waiting, mark = made.all[1], tmp_path / "mark"
    tmp_path.chmod(0o777)
    os.pwrite(waiting.command.fileno(), f"touch {mark}\n".encode(), 0)
    waiting.options.write(told)
    waiting.options.close()
    assert await asyncio.wait_for(waiting.process.wait(), 10) != 0
    assert waiting.process.stderr is not None
    assert b"require" in await waiting.process.stderr.read()
    assert await waiting.status.read() == b""
    assert not mark.exists()


def test_programs_run_as_well_in_the_event_loop_that_services_have() -> None:
    async def run_all() -> None:
        async with open_bubblewrap(spares=0) as sandbox:
            await run_of(sandbox, *NOTHING)
            before = descriptors()
            sent = bytes(range(256)) * 2000
            async with sandbox.room(uuid4()) as room:
                limits = Limits(seconds=20, output_bytes=1_000_000)
                copied = await sandbox.run(Program(("cat",), room, stdin=sent, limits=limits))
                deaf = await sandbox.run(Program(NOTHING, room, stdin=sent, limits=limits))
                flood = await sandbox.run(Program(("yes",), room, limits=limits))
                slow = await sandbox.run(Program(("sleep", "60"), room, limits=replace(limits, seconds=0.3)))
                lost = await sandbox.run(Program(("sh", "-c", "kill -9 $$"), room, limits=limits))
            assert (copied.stdout == sent, copied.succeeded, deaf.succeeded) == (True, True, True)
            assert (flood.ending, slow.ending, lost.exit_code) == (Ending.OUTPUT, Ending.TIME, 137)
            await until(lambda: descriptors() == before, 5)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run_all())
