"""Names of files: what is refused, and that nothing harmful is let through."""

import unicodedata
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joust_kit.archives.errors import UnacceptableFiles
from joust_kit.archives.names import check_names
from libs.joust_kit.tests.archives.names import ACCEPTED, REFUSED


def problems_of(*names: str) -> dict[str, str]:
    """The refused names and the reasons; empty if all are fine."""
    try:
        check_names(names)
    except UnacceptableFiles as refusal:
        return {key.removeprefix("files."): str(value) for key, value in refusal.details.items()}
    return {}


@pytest.mark.parametrize("name", REFUSED)
def test_a_name_that_is_no_relative_posix_path_is_refused(name: str) -> None:
    assert problems_of("fine.py", name)


@pytest.mark.parametrize("name", ACCEPTED)
def test_an_odd_name_that_is_a_relative_posix_path_is_accepted(name: str) -> None:
    assert problems_of("fine.py", name) == {}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("README.md", "readme.MD"),
        ("src/a.py", "SRC/a.py"),
        ("é.txt", "e\u0301.txt"),
        ("straße", "STRASSE"),
        ("ΣΑΣ", "σας"),
    ],
)
def test_names_that_are_one_on_some_systems_are_refused(first: str, second: str) -> None:
    found = problems_of(first, second)
    assert list(found) == [second]
    assert first in found[second]


@pytest.mark.parametrize("inner", ["a/b", "A/b", "a/b/c"])
def test_a_file_that_is_also_a_folder_is_refused(inner: str) -> None:
    assert list(problems_of("a", inner, "a.b", "a-b", "a0")) == [inner]
    assert list(problems_of(inner, "a0", "a-b", "a.b", "a")) == [inner]


def test_every_bad_name_is_reported_up_to_fifty() -> None:
    assert set(problems_of("../a", "b", "/c")) == {"../a", "/c"}
    assert len(problems_of(*(f"../{index}" for index in range(80)))) == 50


@given(st.lists(st.text(min_size=1, max_size=40), unique=True, max_size=6))
def test_whatever_is_accepted_stays_inside_and_apart(names: list[str]) -> None:
    if problems_of(*names):
        return
    seen = set()
    for name in names:
        path = PurePosixPath(name)
        assert str(path) == name
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert all(unicodedata.category(each) != "Cc" for each in name)
        seen.add(unicodedata.normalize("NFC", name).casefold())
    assert len(seen) == len(names)
    assert not any(str(folder) in names for name in names for folder in PurePosixPath(name).parents)


@given(st.lists(st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,3}\.py", fullmatch=True), unique=True))
def test_plain_names_are_never_refused(names: list[str]) -> None:
    assert problems_of(*names) == {}
