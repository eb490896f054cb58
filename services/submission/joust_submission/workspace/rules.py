"""How things in a workspace may be called, and how much may be in it. No I/O, no clock.

A key and a path follow the same rules: both stand in URLs, where clients and proxies take ``.`` and ``..``
away and join slashes, so what is addressed by them would be something else.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from joust_contracts.internal.workspaces import MAX_NAME_CHARACTERS

ALPHABET = "letters, digits and . _ - : /"
"""Straw document, ``POST /api/v1/workspace/files``: alphanumerics + . _ - : /."""
_NAME = re.compile(r"[A-Za-z0-9._:/-]+")
_DOTS = frozenset({".", ".."})
_ROUTES = frozenset({"quota"})
"""Straw document: what stands where the path of a file would, and can be read."""


def problem_of_name(name: str) -> str | None:
    """What is wrong with a key or a path, ``None`` if nothing is."""
    if not 1 <= len(name) <= MAX_NAME_CHARACTERS:
        return f"must have 1 to {MAX_NAME_CHARACTERS} characters"
    if not _NAME.fullmatch(name):
        return f"must have {ALPHABET} only"
    segments = name.split("/")
    if not all(segments):
        return "must not begin or end with '/', or contain '//'"
    if not _DOTS.isdisjoint(segments):
        return "must not contain '.' or '..' between slashes"
    return None


def problem_of_path(path: str) -> str | None:
    """What keeps a name from being the path of a file, ``None`` if nothing does."""
    if path in _ROUTES:
        return "is not free: GET /api/v1/workspace/files/quota answers something else"
    return None


def problem_of_prefix(prefix: str) -> str | None:
    """What is wrong with the beginning of names, ``None`` if nothing is."""
    if len(prefix) > MAX_NAME_CHARACTERS or not _NAME.fullmatch(f"{prefix}/"):
        return f"must have {ALPHABET} only, at most {MAX_NAME_CHARACTERS} of them"
    return None


class Cap(StrEnum):
    """What there may be too much of."""

    ENTRIES = "entries"
    BYTES = "bytes"


@dataclass(frozen=True)
class Amount:
    """Entries and bytes, used or allowed."""

    entries: int
    bytes: int


def growth(*, replaced_bytes: int | None, new_bytes: int) -> Amount:
    """By how much use grows if an entry takes the place of another, or (``None``) of nothing."""
    return Amount(int(replaced_bytes is None), new_bytes - (replaced_bytes or 0))


def passed_cap(used: Amount, by: Amount, allowed: Amount) -> Cap | None:
    """The cap that the growth would pass. What shrinks always fits, should caps have been lowered."""
    if by.entries > 0 and used.entries + by.entries > allowed.entries:
        return Cap.ENTRIES
    if by.bytes > 0 and used.bytes + by.bytes > allowed.bytes:
        return Cap.BYTES
    return None
