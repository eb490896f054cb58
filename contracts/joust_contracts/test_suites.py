"""The file of a test suite: the task service keeps it, and the evaluation service runs it.

Source: Straw document, ``POST /api/v1/tasks/:id/test-suite``.
"""

import codecs
from enum import StrEnum
from typing import Annotated

from pydantic import Field, JsonValue, StringConstraints

from joust_contracts.base import Message

MAX_CASES = 1000
"""Every case is run against every submission."""


class MatchType(StrEnum):
    """How the output of a program is compared."""

    EXACT = "exact"
    CONTAINS = "contains"
    REGEX = "regex"
    """By RE2, in linear time."""


class TestCase(Message):
    """One test. ``expected_output`` is compared as text; what is no text, as its JSON."""

    __test__ = False
    """To pytest it is no test."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    input: JsonValue
    """What the program reads from stdin: text as it is, anything else as JSON in one line."""
    expected_output: JsonValue
    match_type: MatchType


class TestSuite(Message):
    """The content of the file."""

    __test__ = False

    test_cases: Annotated[tuple[TestCase, ...], Field(min_length=1, max_length=MAX_CASES)]


def json_of(content: bytes) -> bytes:
    """A suite's file without the byte order mark that some editors begin it with (RFC 8259, 8.1)."""
    return content.removeprefix(codecs.BOM_UTF8)
