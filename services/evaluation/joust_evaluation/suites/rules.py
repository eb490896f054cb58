"""How the output of a case is compared, and what share of points that gives. No I/O.

Source: Straw document, ``POST /api/v1/tasks/:id/test-suite``: ``match_type: exact|contains|regex``.
"""

import json
from collections.abc import Sequence

import re2
from pydantic import JsonValue

from joust_contracts.base import round_score
from joust_contracts.events.evaluations import TestSummary
from joust_contracts.internal.evaluations import CaseResult, CaseVerdict
from joust_contracts.test_suites import MatchType, TestCase
from joust_evaluation.sandbox.base import Ending, Run

_PATTERN_MEMORY_BYTES = 256 * 1024
"""As the task service allows; with it a search takes time in proportion to the output."""
_SHOWN_LENGTH = 500


class UnusableSuite(Exception):
    """The suite can't be run; that is no fault of the work."""


def stdin_of(case: TestCase) -> bytes:
    """What the program reads: text as it is, anything else as JSON in one line."""
    if isinstance(case.input, str):
        return case.input.encode(errors="replace")
    return f"{_canonical(case.input)}\n".encode()


def matches(case: TestCase, stdout: bytes) -> bool:
    """Whether the output is what the case expects. Raises ``UnusableSuite``.

    White space at the very end of the output counts for nothing, so that ``$`` is the end of the last line.
    """
    output = stdout.decode(errors="replace").rstrip()
    if case.match_type is MatchType.EXACT:
        return _is_exact(case.expected_output, output)
    if not isinstance(case.expected_output, str):
        raise UnusableSuite(f"the case '{case.name}' expects something that is no text")
    if case.match_type is MatchType.CONTAINS:
        return case.expected_output.rstrip() in output
    return _compiled(case).search(output) is not None


def result_of(case: TestCase, run: Run) -> CaseResult:
    """What became of a case that was run. Raises ``UnusableSuite``.

    A program that a limit ended has not passed, whatever it wrote. Its exit code is shown and not compared.
    """
    if run.ending is not Ending.EXITED:
        verdict = CaseVerdict(run.ending.value)
    else:
        verdict = CaseVerdict.PASSED if matches(case, run.stdout) else CaseVerdict.DIFFERENT
    passed = verdict is CaseVerdict.PASSED
    return CaseResult(
        name=case.name,
        verdict=verdict,
        exit_code=run.exit_code,
        seconds=run.seconds,
        stdout="" if passed else _shown(run.stdout),
        stderr="" if passed else _shown(run.stderr),
    )


def not_run(cases: Sequence[TestCase]) -> list[CaseResult]:
    """Results of cases that were not run."""
    return [CaseResult(name=case.name, verdict=CaseVerdict.NOT_RUN) for case in cases]


def summary_of(results: Sequence[CaseResult], reason: str | None) -> TestSummary:
    """The results by count."""
    verdicts = [result.verdict for result in results]
    return TestSummary(
        cases_count=len(results),
        passed_count=verdicts.count(CaseVerdict.PASSED),
        not_run_count=verdicts.count(CaseVerdict.NOT_RUN),
        reason=reason,
    )


def test_score(summary: TestSummary) -> float:
    """The share of cases that passed, from 0 to 100 with two decimals."""
    return round_score(100 * summary.passed_count / summary.cases_count)


def combined(test: float, llm: float, test_weight: float, llm_weight: float) -> float:
    """The final score of tests and judge; the weights sum to 100."""
    return round_score((test_weight * test + llm_weight * llm) / (test_weight + llm_weight))


def _is_exact(expected: JsonValue, output: str) -> bool:
    if isinstance(expected, str):
        return output == expected.rstrip()
    try:
        return _canonical(json.loads(output)) == _canonical(expected)
    except (ValueError, RecursionError):
        return False


def _canonical(value: JsonValue) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _compiled(case: TestCase) -> "re2._Regexp":
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY_BYTES
    try:
        return re2.compile(case.expected_output, options=options)
    except (re2.error, UnicodeError) as error:
        raise UnusableSuite(f"the regex of the case '{case.name}' can't be run by RE2") from error


def _shown(said: bytes) -> str:
    return said[: 4 * _SHOWN_LENGTH].decode(errors="replace").replace("\0", "�")[:_SHOWN_LENGTH]
