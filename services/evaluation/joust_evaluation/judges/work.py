"""What the offline judge learns from a submission's files."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from joust_evaluation.judges.artifact import SUBMISSION_MD, SubmittedFiles, TextFile
from joust_evaluation.judges.directory import printable
from joust_evaluation.judges.text import clamp, credible_lines, freshness, naturalness, sections, terms, words

SECTIONS = ("What I Built", "How To Run", "Architecture", "What Works", "Known Limitations", "Tradeoffs")
"""Straw document, ``submission_md_template``."""
_FULL_SECTION_WORDS = 12
_TEST_NAME = re.compile(r"(^|/)(tests?|spec|__tests__)/|(^|/)test_|[_.](test|spec)\.\w+$", re.IGNORECASE)
_TEST_CODE = re.compile(
    r"^\s*(assert\b|def test_|it\(|test\(|describe\(|#\[test\]|func Test|@Test\b)", re.MULTILINE
)
_COMMENT = re.compile(r"^\s*(#|//|/\*|\*|--|\"\"\")\s*\w+\s+\w+")
_LEAST_COMMENTS = 3
_PROSE = frozenset({".md", ".rst", ".txt", ".adoc"})


@dataclass(frozen=True)
class Work:
    """Counts over the text files of a submission."""

    files_count: int
    terms: set[str]
    """Stems that occur in credible lines."""
    own_terms: int
    """Distinct ones among them that are not words of the task."""
    lines: int
    """Credible lines beside SUBMISSION.md."""
    naturalness: float
    freshness: float
    documentation: float
    """How far SUBMISSION.md is filled in, 0 to 1."""
    missing_sections: tuple[str, ...]
    tests: str
    """Name of a file with tests, empty if there is none."""
    guide: str
    """Name of a file that explains the work beside SUBMISSION.md, empty if there is none."""


def study(files: SubmittedFiles, known: set[str]) -> Work:
    """``known``: stems of the task's and the rubric's words, which anyone can copy."""
    everything = "\n".join(file.content for file in files.texts)
    lines = credible_lines(everything)
    found = set(terms("\n".join(lines)))
    others = [file for file in files.texts if file.name != SUBMISSION_MD]
    submission_md = next((file.content for file in files.texts if file.name == SUBMISSION_MD), "")
    documentation, missing = read_submission_md(submission_md)
    return Work(
        files_count=len(files.texts),
        terms=found,
        own_terms=len(found - known),
        lines=len(credible_lines("\n".join(file.content for file in others))),
        naturalness=naturalness(lines),
        freshness=freshness(everything),
        documentation=documentation,
        missing_sections=missing,
        tests=_first(others, has_tests),
        guide=_first(others, _explains),
    )


def read_submission_md(text: str) -> tuple[float, tuple[str, ...]]:
    """How far the six sections are filled in, 0 to 1, and which are missing or empty.

    A section with the same text as another one counts as empty.
    """
    bodies = sections(text)
    filled = 0.0
    missing: list[str] = []
    seen: set[str] = set()
    for section in SECTIONS:
        body = bodies.get(section.lower(), "")
        if not body or body in seen:
            missing.append(section)
            continue
        seen.add(body)
        filled += clamp(len(words(body)) / _FULL_SECTION_WORDS)
    return filled / len(SECTIONS), tuple(missing)


def _first(files: list[TextFile], fits: Callable[[TextFile], bool]) -> str:
    return next((printable(file.name) for file in files if fits(file)), "")


def has_tests(file: TextFile) -> bool:
    """True for a file that is code, and tests something as far as its name and words tell."""
    is_prose = PurePosixPath(file.name).suffix.lower() in _PROSE
    return not is_prose and bool(_TEST_CODE.search(file.content)) and _is_test_place(file)


def _is_test_place(file: TextFile) -> bool:
    return bool(_TEST_NAME.search(file.name)) or "def test_" in file.content or "#[test]" in file.content


def _explains(file: TextFile) -> bool:
    path = PurePosixPath(file.name)
    if path.suffix.lower() in _PROSE:
        return path.stem.lower() in {"readme", "guide", "usage"} or "docs" in path.parts[:-1]
    return sum(bool(_COMMENT.match(line)) for line in credible_lines(file.content)) >= _LEAST_COMMENTS
