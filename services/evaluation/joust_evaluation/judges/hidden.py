"""Characters that a reader does not see and a language model does."""

import re

_ZERO_WIDTH = "\u00ad\u034f\u115f\u1160\u180e\u200b\u200e\u200f\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb"
_DIRECTION = "\u061c\u202a-\u202e\u2066-\u2069"
_TAGS = "\U000e0000-\U000e007f"
_SELECTORS = "\U000e0100-\U000e01ef"
_JOINERS = "(?<=[A-Za-z])[\u200c\u200d](?=[A-Za-z])"
"""Joiners belong to emoji and to several scripts, but not between Latin letters."""
HIDDEN = re.compile(f"[{_ZERO_WIDTH}{_DIRECTION}{_TAGS}{_SELECTORS}]|{_JOINERS}")
_TAG_OFFSET = 0xE0000
_TAG_LETTERS = range(0xE0020, 0xE007F)


def shown(text: str) -> str:
    """The text with each hidden character written out, e.g. ``<U+200B>``; a mark at its very beginning is
    taken for a byte order mark."""
    return HIDDEN.sub(lambda match: f"<U+{ord(match[0]):04X}>", text.removeprefix("\ufeff"))


def revealed(text: str) -> str:
    """The text as a model may read it: hidden characters left out, tags as the letters they stand for."""
    return HIDDEN.sub(_letter_of, text)


def _letter_of(match: re.Match[str]) -> str:
    code = ord(match[0])
    return chr(code - _TAG_OFFSET) if code in _TAG_LETTERS else ""
