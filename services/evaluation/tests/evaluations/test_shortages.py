"""A judge's machine that runs out of something: the work is tried again, the reason is named, nothing stays open."""

import asyncio
import errno
import json
import os
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import pytest

from joust_contracts.events.tasks import TestSuiteRef
from joust_evaluation.evaluations.jobs import evaluate_long
from joust_evaluation.evaluations.rules import EvaluationStatus
from joust_evaluation.sandbox.base import Program, Sandbox, SandboxFailed
from services.evaluation.tests.sandbox.back_ends import open_bubblewrap

CASE = {"name": "one", "input": "", "expected_output": "42", "match_type": "exact"}
MOST_NEEDED = 24
"""More descriptors than beginning a program takes."""


def descriptors() -> int:
    """How many this process has open."""
    return len(os.listdir("/proc/self/fd"))


@contextmanager
def descriptors_left(count: int) -> Iterator[None]:
    """Within the block so many more can be opened."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(map(int, os.listdir("/proc/self/fd")))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1 + count, hard))
    taken: list[int] = []
    try:
        with suppress(OSError):
            while True:
                taken.append(os.dup(0))
        for each in taken[:count]:
            os.close(each)
        del taken[:count]
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for each in taken:
            os.close(each)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """None waits for the next program, so that the descriptors are those of runs."""
    async with open_bubblewrap(spares=0) as opened:
        yield opened


async def test_a_sandbox_without_descriptors_fails_as_such_and_leaves_none_open(sandbox: Sandbox) -> None:
    async with sandbox.room(uuid4()) as room:
        (room / "main.py").write_text("print(42)")
        program = Program(("python3", "main.py"), room)
        assert (await sandbox.run(program)).stdout == b"42\n"
        before, failed = descriptors(), 0
        for left in range(MOST_NEEDED):
            with descriptors_left(left):
                try:
                    await sandbox.run(program)
                except SandboxFailed:
                    failed += 1
            await asyncio.sleep(0.01)  # what the event loop closes, it closes in its next round
            assert descriptors() == before, f"with {left} left"
        assert 3 <= failed < MOST_NEEDED
        assert (await sandbox.run(program)).stdout == b"42\n"


async def test_work_that_is_run_while_descriptors_are_used_up_is_scored_once_they_are_back(
    bench: Any,
) -> None:
    stored = await bench.store(json.dumps({"test_cases": [CASE]}).encode())
    suite = TestSuiteRef(key=stored.key, sha256=stored.sha256, size_bytes=stored.size_bytes, cases_count=1)
    task = await bench.known_task(test_weight=100, llm_weight=0, test_suite=suite)
    evaluation = await bench.hand_in(task, {"main.py": "print(42)", "data.bin": os.urandom(2_000_000)})
    for left in range(0, MOST_NEEDED, 3):
        # Where not even the database can be reached, the job itself is tried again.
        with descriptors_left(left), suppress(OSError):
            now = await bench.run(evaluation, job=evaluate_long)
            assert now.status is not EvaluationStatus.FAILED, now.failure_reason
    done = await bench.run(evaluation, job=evaluate_long)
    assert (done.status, done.judgement["final_score"]) == (EvaluationStatus.COMPLETED, 100)


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (OSError(errno.EMFILE, "x"), "open files"),
        (OSError(errno.ENOSPC, "x"), "room on its disk"),
        (MemoryError(), "memory"),
    ],
)
async def test_what_a_judge_ran_out_of_is_named_when_it_is_given_up(
    bench: Any, error: Exception, what: str
) -> None:
    evaluation = await bench.hand_in(await bench.known_task())
    judge = bench.ScriptedJudge(error)
    assert (await bench.run(evaluation, judge=judge)).status is EvaluationStatus.RUNNING
    done = await bench.run(evaluation, judge=judge, attempt=bench.MAX_ATTEMPTS)
    assert f"The judge's machine ran out of {what}." in done.failure_reason
    assert (done.status, done.platform_fault) == (EvaluationStatus.FAILED, True)
