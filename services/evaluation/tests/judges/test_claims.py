"""Claims of SUBMISSION.md that the files contradict, found without understanding them."""

import pytest

from joust_evaluation.judges.artifact import OtherFile, SubmittedFiles, TextFile
from joust_evaluation.judges.claims import disagreements

TEST = TextFile("tests/test_a.py", "def test_a():\n    assert 1\n")


def found(notes: str, *texts: TextFile, **rest: tuple[OtherFile, ...]) -> list[str]:
    files = SubmittedFiles((TextFile("SUBMISSION.md", notes), *texts), **rest)
    return [each.detail for each in disagreements(files)]


def test_a_file_that_is_named_and_missing_is_told() -> None:
    assert found("Start `main.py`, then `lib/util.py`.", TextFile("main.py", "1")) == [
        "SUBMISSION.md names lib/util.py, and there is no such file."
    ]


def test_a_file_in_another_folder_or_that_is_not_text_is_there() -> None:
    assert found("See `a.py` and `b.py`.", TextFile("src/a.py", "1"), binaries=(OtherFile("b.py", 1),)) == []


@pytest.mark.parametrize("claim", ["The test suite covers all.", "Unit tests for each case.", "Run pytest."])
def test_tests_that_are_spoken_of_and_missing_are_told(claim: str) -> None:
    (detail,) = found(claim, TextFile("main.py", "1"))
    assert "none were found" in detail
    assert found(claim, TextFile("main.py", "1"), TEST) == []


def test_nothing_is_said_where_files_were_left_out_or_nothing_is_claimed() -> None:
    assert found("See `a.py`.", left_out=(OtherFile("b.py", 1),)) == []
    assert found("A program.", TextFile("main.py", "1")) == []
    assert disagreements(SubmittedFiles((TextFile("main.py", "1"),))) == ()
