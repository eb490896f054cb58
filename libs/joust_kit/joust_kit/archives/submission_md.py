"""What a SUBMISSION.md must say. No I/O."""

import re

SECTIONS = (
    "What I Built",
    "How To Run",
    "Architecture",
    "What Works",
    "Known Limitations",
    "Tradeoffs",
)
"""Straw document, ``submission_md_template``."""

_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$", re.MULTILINE)
"""CommonMark 0.31, section 4.2: ATX headings, of any level."""


def missing_sections(text: str) -> tuple[str, ...]:
    """Sections of the template that the text has no heading for, in its order; capitals don't matter."""
    headings = {" ".join(heading.split()).casefold() for heading in _HEADING.findall(text)}
    return tuple(section for section in SECTIONS if section.casefold() not in headings)
