"""The structure of JSON is found without reading it, whatever its texts hold and wherever it was cut."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joust_kit.json_marks import Marks, marks_of

TEXTS = st.text(alphabet='a"\\\\[]{},: \n\té\N{GRINNING FACE}', max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def marks_in(value: Any) -> int:
    """As they follow from the value."""
    match value:
        case str():
            return 2
        case bool() | None:
            return len(json.dumps(value).replace("e", ""))
        case int() | float():
            return 0
        case list():
            return 2 + max(0, len(value) - 1) + sum(map(marks_in, value))
        case _:
            pairs = sum(3 + marks_in(inner) for inner in value.values())
            return 2 + max(0, len(value) - 1) + pairs


@given(VALUES, st.booleans(), st.integers(1, 9))
def test_marks_are_those_of_the_value_in_whatever_pieces_it_comes(
    value: Any, ascii_only: bool, piece_bytes: int
) -> None:
    content = json.dumps(value, ensure_ascii=ascii_only, indent=1).encode()
    marks = Marks()
    for start in range(0, len(content), piece_bytes):
        marks.feed(content[start : start + piece_bytes])
    assert marks.count == marks_of(content) == marks_in(value)


@pytest.mark.parametrize("unit", [b"[],", b'"",', b'\\"', b"\\", b'"\\"', b"x"])
def test_a_large_piece_is_counted_like_small_ones(unit: bytes) -> None:
    content = b'["' + unit * 100_000
    marks = Marks()
    for start in range(0, len(content), 1000):
        marks.feed(content[start : start + 1000])
    assert marks_of(content) == marks.count
