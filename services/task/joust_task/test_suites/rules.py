"""What a test suite must be. No I/O.

Source: Straw document, ``POST /api/v1/tasks/:id/test-suite``: a .json file of at most 5 MB with an array
``test_cases``, each ``{name, input, expected_output, match_type: exact|contains|regex}``.
"""

from typing import Annotated, Self

import re2
from pydantic import BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from joust_contracts.test_suites import MAX_CASES, MatchType, TestCase, TestSuite, json_of
from joust_kit.json_marks import marks_of
from joust_task.test_suites.errors import InvalidSuite, NotJson, SuiteTooLarge

MAX_MARKS = 1_000_000
"""A case may hold any JSON, but not as many small values as would fit."""
MAX_PATTERN_LENGTH = 1000
_PATTERN_MEMORY_BYTES = 256 * 1024
_MAX_REPORTED = 50


class Case(TestCase):
    """One test that can be run, and has nothing in it that would be passed over."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="after")
    def _can_be_matched(self) -> Self:
        if self.match_type is MatchType.EXACT:
            return self
        if not isinstance(self.expected_output, str):
            raise ValueError(f"expected_output must be a string for match_type {self.match_type.value}")
        is_text = self.match_type is MatchType.CONTAINS
        if not (self.expected_output.rstrip() if is_text else self.expected_output):
            raise ValueError(
                "expected_output must not be empty for match_type"
                f" {self.match_type.value}: every output would pass"
            )
        if self.match_type is MatchType.REGEX:
            _check_pattern(self.expected_output)
        return self


def _check_number(cases: object) -> object:
    # Else each of a million that are none would be reported.
    if isinstance(cases, list) and len(cases) > MAX_CASES:
        raise ValueError(f"must have {MAX_CASES} or fewer items")
    return cases


class Suite(TestSuite):
    """The content of the file, of which every case can be run."""

    test_cases: Annotated[
        tuple[Case, ...], Field(min_length=1, max_length=MAX_CASES), BeforeValidator(_check_number)
    ]


def check_file(name: str, size_bytes: int, max_bytes: int) -> None:
    """Raises ``NotJson`` or ``SuiteTooLarge``."""
    if not name.lower().endswith(".json"):
        raise NotJson(file="its name must end in .json")
    if size_bytes > max_bytes:
        raise SuiteTooLarge(file=f"must have at most {max_bytes} bytes", max_bytes=max_bytes)


def read_suite(content: bytes) -> Suite:
    """The suite that the file holds.

    Raises ``SuiteTooLarge``, or ``InvalidSuite``, which names up to fifty problems.
    """
    if marks_of(content) > MAX_MARKS:
        raise SuiteTooLarge(
            file=f"must have at most {MAX_MARKS} quotes, brackets and commas outside of texts"
        )
    try:
        suite = Suite.model_validate_json(json_of(content))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        if len(problems) > 1:
            # What is left of a list whose cases are not valid is called too short as well.
            problems = [each for each in problems if each["type"] != "too_short"]
        raise InvalidSuite(
            **{_place(each["loc"]): _said_of(each) for each in problems[:_MAX_REPORTED]}
        ) from error
    names = [case.name for case in suite.test_cases]
    if len(set(names)) < len(names):
        doubled = next(name for name in names if names.count(name) > 1)
        raise InvalidSuite(test_cases=f"each name must stand once; {doubled!r} stands twice")
    return suite


def _check_pattern(pattern: str) -> None:
    """A stranger's pattern must not hang the judge: RE2 takes only what is matched in linear time."""
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise ValueError(f"a regex must have at most {MAX_PATTERN_LENGTH} characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY_BYTES
    try:
        re2.compile(pattern, options=options)
    except (re2.error, UnicodeError) as error:
        raise ValueError("must be a regex that RE2 can run (no backreferences, no look-around)") from error


def _place(location: tuple[str | int, ...]) -> str:
    return ".".join(map(str, location)) or "file"


def _said_of(problem: ErrorDetails) -> str:
    if problem["type"] == "extra_forbidden":
        return "is not known here"
    return problem["msg"].removeprefix("Value error, ")
