"""Rules of files: media types, and which bytes a request asks for. No I/O, no clock."""

import re
from dataclasses import dataclass

from joust_submission.workspace.errors import RangeNotSatisfiable, UnacceptableContentType

DEFAULT_TYPE = "application/octet-stream"
"""Straw document, ``POST /api/v1/workspace/files``."""
MAX_TYPE_CHARACTERS = 255
_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_PARAMETER = rf'[ \t]*;[ \t]*{_WORD}=(?:{_WORD}|"[A-Za-z0-9 !#-\[\]-~]*")'
_MEDIA_TYPE = re.compile(rf"{_WORD}/{_WORD}(?:{_PARAMETER})*")
"""RFC 9110, section 8.3.1, without quoted pairs: it goes into a header of the download."""
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def checked_type(content_type: str | None) -> str:
    """The media type, or that of anything. Raises ``UnacceptableContentType``."""
    if content_type is None:
        return DEFAULT_TYPE
    if len(content_type) > MAX_TYPE_CHARACTERS or not _MEDIA_TYPE.fullmatch(content_type):
        raise UnacceptableContentType(content_type="must be a media type such as text/plain")
    return content_type


@dataclass(frozen=True)
class Part:
    """Bytes of a file, from ``first`` to ``last``, both included."""

    first: int
    last: int

    @property
    def size_bytes(self) -> int:
        """How many that are."""
        return self.last - self.first + 1


def wanted_part(header: str | None, size_bytes: int) -> Part | None:
    """The part that a ``Range`` header asks for, ``None`` for the whole file.

    A header that can't be read, or that asks for several ranges, is passed over, as RFC 9110 (section 14.2)
    allows. Raises ``RangeNotSatisfiable``.
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        length = min(int(last), size_bytes)
        if length == 0:
            raise RangeNotSatisfiable(size_bytes)
        return Part(size_bytes - length, size_bytes - 1)
    if last and int(last) < int(first):
        return None
    if int(first) >= size_bytes:
        raise RangeNotSatisfiable(size_bytes)
    return Part(int(first), min(int(last), size_bytes - 1) if last else size_bytes - 1)


def names_version(header: str | None, etag: str) -> bool:
    """True if an ``If-None-Match`` header holds the entity tag, compared weakly."""
    tags = (tag.strip().removeprefix("W/") for tag in (header or "").split(","))
    return any(tag in {"*", etag} for tag in tags)
