"""Runs a submission on the cases of a suite, one after the other: none has another's load to bear."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from joust_contracts.internal.evaluations import CaseResult
from joust_contracts.test_suites import TestCase, TestSuite
from joust_evaluation.evaluations.fetching import in_thread
from joust_evaluation.programs.building import make_runnable
from joust_evaluation.programs.errors import NoProgram
from joust_evaluation.programs.work import UnpackedWork
from joust_evaluation.sandbox.base import Limits, Program, Sandbox
from joust_evaluation.suites.rules import not_run, result_of, stdin_of

_LEAST_SECONDS = 0.2
"""With less time left a case is not begun."""


@dataclass(frozen=True)
class SuiteRun:
    """What became of all cases, in the order of the suite."""

    cases: tuple[CaseResult, ...]
    reason: str | None
    """Why none or not all were run."""


async def run_suite(
    work: UnpackedWork, suite: TestSuite, sandbox: Sandbox, limits: Limits, total_seconds: float
) -> SuiteRun:
    """Each case has ``limits`` and a scratch of its own; those for which no time is left are not run.

    Raises ``ToolMissing``, ``SandboxFailed`` or ``UnusableSuite``: then nothing can be said of the work.
    """
    ends_at = time.monotonic() + total_seconds
    try:
        await make_runnable(work, sandbox, total_seconds)
    except NoProgram as error:
        return SuiteRun(tuple(not_run(suite.test_cases)), str(error))
    results: list[CaseResult] = []
    for case in suite.test_cases:
        left = ends_at - time.monotonic()
        if left < _LEAST_SECONDS:
            return _cut(results, suite.test_cases, total_seconds)
        results.append(
            await _run_case(work, case, sandbox, replace(limits, seconds=min(limits.seconds, left)))
        )
    return SuiteRun(tuple(results), None)


async def _run_case(work: UnpackedWork, case: TestCase, sandbox: Sandbox, limits: Limits) -> CaseResult:
    run = await sandbox.run(Program(work.run, work.root, stdin_of(case), limits=limits))
    # A regex that reads much output takes a while, which the event loop does not have.
    return await in_thread(partial(result_of, case, run))


def _cut(results: list[CaseResult], cases: Sequence[TestCase], total_seconds: float) -> SuiteRun:
    left_over = cases[len(results) :]
    reason = (
        f"The suite's {total_seconds:g} seconds were over after {len(results)} of {len(cases)} cases; "
        "the others count as not passed."
    )
    return SuiteRun((*results, *not_run(left_over)), reason)
