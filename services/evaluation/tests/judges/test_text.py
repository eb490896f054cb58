"""What is counted in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joust_evaluation.judges.text import (
    credible_lines,
    freshness,
    meaningful_words,
    naturalness,
    sections,
    share,
    stem,
    terms,
    words,
)
from joust_evaluation.judges.work import read_submission_md

PROSE = "The program reads the log line by line and keeps a counter for each of the paths that it has seen."
CODE = (
    "for line in lines:\n    match = PATTERN.match(line)\n    if match is None:\n        errors.append(line)"
)


def test_names_of_code_are_taken_apart() -> None:
    assert words("readAccessLog read_access_log2") == ["read", "access", "log", "read", "access", "log"]


@pytest.mark.parametrize(
    "family",
    [
        ["summary", "summaries", "summarise"],
        ["test", "tests", "tested", "testing"],
        ["correct", "correctness", "correctly"],
        ["parse", "parser", "parsing"],
        ["document", "documentation", "documents"],
    ],
)
def test_forms_of_a_word_have_one_stem(family: list[str]) -> None:
    assert len({stem(word)[:6] for word in family}) == 1


def test_function_words_and_short_ones_carry_no_subject() -> None:
    assert list(meaningful_words("The log of it is at the end of a day")) == [
        stem("log"),
        stem("end"),
        stem("day"),
    ]


@given(st.text(max_size=200))
def test_any_text_can_be_counted(text: str) -> None:
    lines = credible_lines(text)
    assert len(terms(text)) <= len(words(text))
    assert 0 <= naturalness(lines) <= 1
    assert 0 <= freshness(text) <= 1
    assert 0 <= read_submission_md(text)[0] <= 1


def test_prose_and_code_are_natural_and_a_list_of_words_is_not() -> None:
    assert naturalness([PROSE]) == 1
    assert naturalness(CODE.splitlines()) == 1
    assert naturalness(["summary", "requests", "minute", "slowest", "paths", "errors"]) == 0


def test_prose_in_a_neighbouring_language_is_natural() -> None:
    assert naturalness(["Das Programm liest die Datei mit den Zeilen und zählt, was in der Spalte ist."]) == 1


def test_repeated_lines_and_lists_of_words_say_nothing() -> None:
    stuffed = "summary requests minute slowest paths errors log server table program"
    assert credible_lines(f"{PROSE}\n{PROSE}\n{stuffed}") == [PROSE]


def test_padding_is_not_fresh() -> None:
    text = "\n".join(f"{PROSE} Part {index} of {index * 7919}: {CODE}" for index in range(3))
    assert freshness(text) > 0.5
    assert freshness("\n".join([PROSE] * 200)) < 0.2


def test_sections_are_found_by_their_headings_and_placeholders_are_empty() -> None:
    found = sections(
        "# SUBMISSION.md\n\n## What I Built\nA log reader.\n## How To Run\n[Instructions to run]\n"
    )
    assert found["what i built"] == "A log reader."
    assert found["how to run"] == ""


def test_a_submission_md_is_as_complete_as_its_sections_are_filled() -> None:
    full = "\n".join(
        f"## {name}\n{PROSE} Here it is about number {index}."
        for index, name in enumerate(
            ["What I Built", "How To Run", "Architecture", "What Works", "Known Limitations", "Tradeoffs"]
        )
    )
    assert read_submission_md(full) == (1.0, ())
    half, missing = read_submission_md(full.partition("## What Works")[0])
    assert half == 0.5
    assert missing == ("What Works", "Known Limitations", "Tradeoffs")


def test_a_section_that_repeats_another_counts_as_empty() -> None:
    text = f"## What I Built\n{PROSE}\n## Architecture\n{PROSE}"
    value, missing = read_submission_md(text)
    assert "Architecture" in missing
    assert value == pytest.approx(1 / 6)


def test_the_share_of_nothing_is_nothing() -> None:
    assert share([], {"a"}) == 0
    assert share(["a", "b"], {"a"}) == 0.5
