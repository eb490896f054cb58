"""The build check: what the tools of a language say of a submission."""

import io
import shutil
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from joust_contracts.events.evaluations import BuildStatus
from joust_evaluation.judges.artifact import ArchiveLimits
from joust_evaluation.programs.building import check_build, make_runnable
from joust_evaluation.programs.errors import NoProgram, ToolMissing
from joust_evaluation.programs.rules import build_command
from joust_evaluation.programs.work import unpacked_work
from joust_evaluation.sandbox.base import Ending, Limits, Program, Run, Sandbox

Pack = Callable[..., bytes]

GOOD = {
    "python": {"main.py": "print('hi')", "lib/helper.py": "x = 1"},
    "node": {"index.js": "console.log(1)"},
    "go": {
        "main.go": 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println(1) }\n',
        "go.mod": "module x\n",
    },
    "shell": {"run.sh": "for x in 1 2; do echo $x; done"},
}
BAD = {
    "python": {"main.py": "print('hi'", "lib/helper.py": "x = 1"},
    "node": {"index.js": "console.log(1"},
    "go": {"main.go": "package main\nfunc main( {}\n"},
    "shell": {"run.sh": "for x in 1 2; do echo $x"},
}
TOOLS = {"python": "python3", "node": "node", "go": "gofmt", "shell": "bash"}


async def checked(sandbox: Sandbox, content: bytes, seconds: float = 20) -> Any:
    async with unpacked_work(io.BytesIO(content), ArchiveLimits(), sandbox, uuid4()) as work:
        return await check_build(work, sandbox, Limits(seconds=seconds))


@pytest.mark.parametrize("language", GOOD)
async def test_what_can_be_read_and_what_can_not_is_told(language: str, sandbox: Sandbox, pack: Pack) -> None:
    if shutil.which(TOOLS[language], path="/usr/bin:/usr/local/bin:/usr/local/go/bin") is None:
        expected = [BuildStatus.NOT_TRIED] * 2
    else:
        expected = [BuildStatus.BUILT, BuildStatus.FAILED]
    good, bad = await checked(sandbox, pack(GOOD[language])), await checked(sandbox, pack(BAD[language]))
    assert [good.status, bad.status] == expected, (good, bad)
    assert (good.language, bad.language) == (language, language)
    assert bad.detail


async def test_a_failure_names_the_file_and_the_mistake_and_nothing_of_the_machine(
    sandbox: Sandbox, pack: Pack
) -> None:
    build = await checked(sandbox, pack(BAD["python"]))
    assert build.detail.startswith("./main.py: SyntaxError")
    assert "helper" not in build.detail
    assert "joust-sandbox" not in build.detail


async def test_without_a_program_nothing_is_tried(sandbox: Sandbox, pack: Pack) -> None:
    build = await checked(sandbox, pack({"SUBMISSION.md": "words"}))
    assert (build.status, build.language) == (BuildStatus.NOT_TRIED, None)


async def test_a_check_that_takes_too_long_says_nothing_against_the_work(
    sandbox: Sandbox, pack: Pack
) -> None:
    build = await checked(sandbox, pack(GOOD["python"]), seconds=0.001)
    assert build.status is BuildStatus.NOT_TRIED
    assert "not through" in build.detail


async def test_a_file_that_brings_the_compiler_down_is_a_failed_build(sandbox: Sandbox, pack: Pack) -> None:
    build = await checked(sandbox, pack({"main.py": "x = " + "(" * 5000 + ")" * 5000}))
    assert build.status is BuildStatus.FAILED
    assert len(build.detail) <= 2000


class Building:
    """A sandbox in which each build ends as it is told: the real one of Go takes long on a cold machine."""

    def __init__(self, sandbox: Sandbox, exit_code: int, stdout: bytes = b"", stderr: bytes = b"") -> None:
        self.name, self.room = "building", sandbox.room
        self.built: list[Program] = []
        self._run = Run(Ending.EXITED, exit_code, stdout, stderr, 1.0, 0, "test")

    async def run(self, program: Program) -> Run:
        self.built.append(program)
        return self._run


async def test_a_go_program_is_built_in_the_sandbox_and_lies_beside_its_sources(
    sandbox: Sandbox, pack: Pack
) -> None:
    building = Building(sandbox, 0, b"#!/bin/sh\necho built")
    # The work can't bring its own program under that name.
    content = pack({**GOOD["go"], ".joust-program": "#!/bin/sh\necho forged"})
    async with unpacked_work(io.BytesIO(content), ArchiveLimits(), sandbox, uuid4()) as work:
        await make_runnable(work, building, 60)
        assert building.built[0].argv == build_command()
        run = await sandbox.run(Program(work.run, work.root))
    assert run.stdout == b"built\n"


async def test_a_go_program_that_can_not_be_built_is_the_works_fault(sandbox: Sandbox, pack: Pack) -> None:
    async with unpacked_work(io.BytesIO(pack(GOOD["go"])), ArchiveLimits(), sandbox, uuid4()) as work:
        with pytest.raises(NoProgram, match="undefined: x"):
            await make_runnable(work, Building(sandbox, 1, stderr=b"main.go:3: undefined: x"), 60)
        with pytest.raises(ToolMissing, match="Go"):
            await make_runnable(work, Building(sandbox, 127), 60)
