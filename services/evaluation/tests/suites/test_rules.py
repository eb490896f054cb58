"""How the output of a case is compared, and what that is worth."""

import time
from typing import Any

import pytest

from joust_contracts.internal.evaluations import CaseVerdict
from joust_contracts.test_suites import TestCase
from joust_evaluation.sandbox.base import Ending, Run
from joust_evaluation.suites import rules


def a_case(expected: Any, match_type: str = "exact", given: Any = "") -> TestCase:
    return TestCase.model_validate(
        {"name": "one", "input": given, "expected_output": expected, "match_type": match_type}
    )


def a_run(stdout: bytes = b"", ending: Ending = Ending.EXITED, exit_code: int | None = 0) -> Run:
    return Run(ending, exit_code, stdout, b"", 0.1, 0, "test")


@pytest.mark.parametrize(
    ("expected", "match_type", "output", "passes"),
    [
        ("42", "exact", b"42\n", True),
        ("42\n", "exact", b"42", True),
        ("42", "exact", b" 42", False),
        ("42", "exact", b"420", False),
        ("", "exact", b"\n", True),
        ("a\nb", "exact", b"a\nb\n\n", True),
        ("a\nb", "exact", b"a\n\nb\n", False),
        ({"b": [1, None], "a": "x"}, "exact", b'{"a": "x",\n"b": [1, null]}', True),
        (1, "exact", b"1\n", True),
        (1, "exact", b"true", False),
        (True, "exact", b"1", False),
        ([], "exact", b"", False),
        ([], "exact", b"[" * 50_000, False),
        ("needle", "contains", b"hay needle hay", True),
        ("needle", "contains", b"hay", False),
        ("^a+$", "regex", b"aaa", True),
        ("(?m)^b$", "regex", b"a\nb\nc", True),
        ("^b$", "regex", b"a\nb\nc", False),
        ("^6$", "regex", b"6\n", True),
        ("caf\u00e9", "contains", "ein café".encode(), True),
        ("\ufffd", "contains", b"\xff", True),
    ],
)
def test_an_output_is_compared_as_its_case_says(
    expected: Any, match_type: str, output: bytes, passes: bool
) -> None:
    assert rules.matches(a_case(expected, match_type), output) is passes


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", "(.*)*x$", "((a{1,30}){1,10})$"])
def test_a_pattern_that_explodes_elsewhere_takes_no_time_here(pattern: str) -> None:
    began = time.process_time()
    rules.matches(a_case(pattern, "regex"), b"a" * 60_000 + b"!")
    assert time.process_time() - began < 3


@pytest.mark.parametrize(("expected", "match_type"), [("(a)\\1", "regex"), ("(", "regex"), (1, "contains")])
def test_a_case_that_can_not_be_compared_is_the_suites_fault(expected: Any, match_type: str) -> None:
    with pytest.raises(rules.UnusableSuite, match="'one'"):
        rules.matches(a_case(expected, match_type), b"x")


@pytest.mark.parametrize(
    ("given", "stdin"),
    [("a\nb", b"a\nb"), ({"n": [1, "ä"]}, '{"n":[1,"ä"]}\n'.encode()), (None, b"null\n"), ("", b"")],
)
def test_a_program_reads_text_as_it_is_and_else_json(given: Any, stdin: bytes) -> None:
    assert rules.stdin_of(a_case("", given=given)) == stdin


def test_a_program_that_a_limit_ended_has_not_passed_whatever_it_wrote() -> None:
    for ending in Ending:
        result = rules.result_of(a_case("42"), a_run(b"42", ending, None))
        expected = CaseVerdict.PASSED if ending is Ending.EXITED else CaseVerdict(ending.value)
        assert result.verdict is expected


def test_the_exit_code_is_shown_and_not_compared() -> None:
    result = rules.result_of(a_case("42"), a_run(b"42", exit_code=3))
    assert (result.verdict, result.exit_code) == (CaseVerdict.PASSED, 3)


def test_what_is_shown_is_short_and_can_be_stored() -> None:
    result = rules.result_of(a_case("42"), a_run(b"\0" * 100_000))
    assert len(result.stdout) == 500
    assert "\0" not in result.stdout


def test_points_are_the_share_of_cases_that_passed() -> None:
    passed = rules.result_of(a_case("42"), a_run(b"42"))
    failed = rules.result_of(a_case("42"), a_run(b"41"))
    left = rules.not_run([a_case("42")])
    summary = rules.summary_of([passed, passed, failed, *left, *left, *left], "time was over")
    assert (summary.cases_count, summary.passed_count, summary.not_run_count) == (6, 2, 3)
    assert rules.test_score(summary) == 33.33
    assert rules.test_score(rules.summary_of([passed], None)) == 100


@pytest.mark.parametrize(
    ("weights", "final"), [((40, 60), 84.0), ((100, 0), 60.0), ((0, 100), 100.0), ((33.3, 66.7), 86.68)]
)
def test_the_final_score_follows_the_weights(weights: tuple[float, float], final: float) -> None:
    assert rules.combined(60, 100, *weights) == final
