"""Names that are none, and when a cap is passed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joust_contracts.internal.workspaces import MAX_NAME_CHARACTERS
from joust_submission.workspace.rules import (
    Amount,
    Cap,
    growth,
    passed_cap,
    problem_of_name,
    problem_of_prefix,
)


@pytest.mark.parametrize(
    "name",
    ["a", "notes.txt", "runs/2026-11-22:1/out_1.csv", "..a", "a..", "...", "-", "x" * MAX_NAME_CHARACTERS],
)
def test_a_name_of_the_alphabet_is_one(name: str) -> None:
    assert problem_of_name(name) is None
    assert problem_of_prefix(name) is None


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "a/..", "../a", "a/../b", "a/./b", "/a", "a/", "a//b", "/"),
        *(
            "a b",
            "a\\b",
            "a\nb",
            "a\n",
            "a\x00b",
            "é",
            "a%2Fb",
            "a?b",
            "a#b",
            "~",
            "x" * (MAX_NAME_CHARACTERS + 1),
        ),
        *("\u202egpj", "ａ", "١"),
    ],
)
def test_anything_else_is_none(name: str) -> None:
    assert problem_of_name(name) is not None


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=30))
def test_a_name_that_is_taken_reads_the_same_in_a_url(name: str) -> None:
    if problem_of_name(name) is None:
        assert name.isascii()
        assert name.isprintable()
        assert all(segment not in {"", ".", ".."} for segment in name.split("/"))


@pytest.mark.parametrize("prefix", ["", "a/", "/", "runs/2026"])
def test_a_prefix_may_end_anywhere(prefix: str) -> None:
    assert problem_of_prefix(prefix) is None


@pytest.mark.parametrize("prefix", ["%", "a b", "\x00", "é", "x" * 513])
def test_what_no_name_begins_with_is_no_prefix(prefix: str) -> None:
    assert problem_of_prefix(prefix) is not None


@pytest.mark.parametrize(
    ("used", "replaced", "new", "cap"),
    [
        (Amount(4, 90), None, 10, None),
        (Amount(5, 90), None, 1, Cap.ENTRIES),
        (Amount(5, 90), 1, 11, None),
        (Amount(5, 90), 1, 12, Cap.BYTES),
        (Amount(4, 90), None, 11, Cap.BYTES),
        (Amount(9, 900), 50, 50, None),
        (Amount(9, 900), 50, 51, Cap.BYTES),
    ],
)
def test_a_cap_is_passed_by_one_too_many_and_never_by_what_shrinks(
    used: Amount, replaced: int | None, new: int, cap: Cap | None
) -> None:
    by = growth(replaced_bytes=replaced, new_bytes=new)
    assert passed_cap(used, by, Amount(5, 100)) == cap
