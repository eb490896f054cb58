"""Quotations: only what occurs in the submission is evidence."""

import pytest

from joust_evaluation.judges.artifact import SubmittedFiles, TextFile
from joust_evaluation.judges.quotations import MAX_QUOTATIONS, Passages

FILES = SubmittedFiles(
    (
        TextFile("main.py", "def total(rows):\n    return sum(\n        row.amount for row in rows\n    )\n"),
        TextFile("b.py", "x = 1\n"),
        TextFile("odd.txt", "a\u200bb cd"),
    )
)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("main.py", "return sum("),
        ("main.py", "return sum(  row.amount for row in rows )"),
        ("main.py", "| def total(rows):\n|     return sum("),
        ("b.py", "x = 1"),
        ("odd.txt", "a<U+200B>b cd"),
    ],
)
def test_what_occurs_is_kept_whatever_its_blanks(file: str, words: str) -> None:
    good, bad = Passages(FILES).verified("Clarity", [(file, words)])
    assert (len(good), bad) == (1, ())
    assert good[0].file == file


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("main.py", "return max("),
        ("main.py", "x = 1"),
        ("gone.py", "x = 1"),
        ("b.py", "x"),
        ("b.py", ""),
        ("main.py", "DEF TOTAL"),
    ],
)
def test_what_does_not_occur_is_dropped_and_reported(file: str, words: str) -> None:
    good, bad = Passages(FILES).verified("Clarity", [(file, words)])
    assert good == ()
    (found,) = bad
    assert (found.kind, found.file) == ("quotation.not_found", file)
    assert "'Clarity'" in found.detail


def test_a_criterion_has_a_few_quotations() -> None:
    good, _ = Passages(FILES).verified("Clarity", [("b.py", "x = 1")] * 50)
    assert len(good) == MAX_QUOTATIONS


def test_a_long_quotation_is_cut() -> None:
    text = "word " * 1000
    (quotation,), _ = Passages(SubmittedFiles((TextFile("a.txt", text),))).verified("C", [("a.txt", text)])
    assert len(quotation.text) == 400
