"""Failpoints: each has a literal name of its own, none is left in optimised code, and an armed one kills."""

import dis
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

from joust_kit.failpoints import VARIABLE
from tests.support.failpoints import MisplacedFailpoint, Plan, collect, points_in, production_files

SOMEWHERE = Path("somewhere.py")
PROGRAM = """
from joust_kit.failpoints import failpoint, name_process
name_process("task")
for _ in range(20):
    if __debug__:
        failpoint("after_this_before_that")
"""


def operands_of(code: CodeType) -> Iterator[object]:
    """What the instructions of a module work on; a name in a table that no instruction reads costs nothing."""
    yield from (instruction.argval for instruction in dis.get_instructions(code))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from operands_of(constant)


def names_in(file: Path, *, optimize: int) -> set[str]:
    code = compile(file.read_text(), file, "exec", optimize=optimize)
    return {operand for operand in operands_of(code) if isinstance(operand, str)}


def run(*options: str, plan: Path | None) -> int:
    environment = {} if plan is None else {VARIABLE: str(plan)}
    return subprocess.run([sys.executable, *options, "-c", PROGRAM], env=environment, check=False).returncode


def test_every_failpoint_of_the_code_is_collected() -> None:
    lines = [line.strip() for file in production_files() for line in file.read_text().splitlines()]
    assert len(collect()) == sum(line.startswith("failpoint(") for line in lines) > 30


@pytest.mark.parametrize(
    "source",
    [
        "if __debug__:\n    failpoint(name)",
        "if __debug__:\n    failpoint(f'after_{name}')",
        "if __debug__:\n    failpoint('a', 'b')",
        "failpoint('not_guarded')",
        "if __debug__:\n    pass\nelse:\n    failpoint('in_production_alone')",
    ],
)
def test_a_failpoint_without_a_literal_name_or_guard_is_found(source: str) -> None:
    with pytest.raises(MisplacedFailpoint):
        points_in(source, SOMEWHERE)


def test_optimised_code_has_no_trace_of_a_failpoint() -> None:
    names = {point.name for point in collect()}
    # Only what a file spells out can be left of it: to take every module to pieces takes a minute.
    spelled = [file for file in production_files() if any(name in file.read_text() for name in names)]
    assert spelled
    for file in spelled:
        assert names & names_in(file, optimize=0) == {
            point.name for point in points_in(file.read_text(), file)
        }
        assert not names & names_in(file, optimize=1)


def test_nobody_dies_without_a_plan() -> None:
    assert run(plan=None) == 0


def test_nobody_dies_at_a_failpoint_that_is_not_armed(tmp_path: Path) -> None:
    Plan(tmp_path, (1, 2, 10)).arm("another_one", ["task"])
    assert run(plan=tmp_path) == 0


def test_nobody_dies_in_optimised_code(tmp_path: Path) -> None:
    Plan(tmp_path, (1, 2, 10)).arm("after_this_before_that", ["task"])
    assert run("-O", plan=tmp_path) == 0


def test_a_process_and_its_successors_die_at_the_deadly_hits_in_sum(tmp_path: Path) -> None:
    plan = Plan(tmp_path, (1, 2, 10))
    plan.arm("after_this_before_that", ["wallet", "task"])
    for left in ({2, 10}, {10}, set()):
        assert run(plan=tmp_path) == -signal.SIGKILL
        assert plan.missing() == ({("*", "after_this_before_that"): left} if left else {})
    assert plan.hits("after_this_before_that") == 10
    assert run(plan=tmp_path) == 0
    assert [(kill.service, kill.hit) for kill in plan.kills()] == [("task", 1), ("task", 2), ("task", 10)]
