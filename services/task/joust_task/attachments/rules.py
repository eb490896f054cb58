"""Which files may be attached. No I/O.

Source: Straw document, ``POST /api/tasks/:id/attachments``.
"""

import codecs
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

import filetype

from joust_kit.errors import Invalid
from joust_task.attachments.errors import AttachmentTooLarge, TooManyAttachments, UnsupportedAttachment

HEAD_BYTES = 8192
"""Enough of a file's beginning to tell what it is."""
BINARY_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".pdf": "application/pdf",
}
TEXT_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
}
_JSON_SPACE = b" \t\r\n\xef\xbb\xbf"
_JSON_BEGINNINGS = b'{["-0123456789tfn'
MAX_NAME_LENGTH = 255
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069/\\]")
"""Controls, separators of folders and lines, and what makes a name read as another (Unicode Annex 9)."""


def check_name(name: str) -> str:
    """The type that the name promises. Raises ``Invalid`` or ``UnsupportedAttachment``."""
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise Invalid(file=f"its name must have 1 to {MAX_NAME_LENGTH} characters")
    if _UNSHOWABLE.search(name):
        raise Invalid(file="its name must not contain control characters or slashes")
    suffix = PurePosixPath(name).suffix.lower()
    promised = (BINARY_TYPES | TEXT_TYPES).get(suffix)
    if promised is None:
        raise UnsupportedAttachment(file=f"its name must end in {', '.join([*TEXT_TYPES, *BINARY_TYPES])}")
    return promised


def check_size(size_bytes: int, max_bytes: int) -> None:
    """Raises ``AttachmentTooLarge``, or ``Invalid`` for an empty file."""
    if size_bytes > max_bytes:
        raise AttachmentTooLarge(file=f"must have at most {max_bytes} bytes", max_bytes=max_bytes)
    if size_bytes == 0:
        raise Invalid(file="must not be empty")


def check_count(existing: int, limit: int) -> None:
    """Raises ``TooManyAttachments`` if a task with ``existing`` attachments may not have one more."""
    if existing >= limit:
        raise TooManyAttachments(limit=limit)


def is_text(content_type: str) -> bool:
    """True if the content is checked as text."""
    return content_type in TEXT_TYPES.values()


def check_head(content_type: str, head: bytes) -> None:
    """Raises ``UnsupportedAttachment`` if the beginning is not of the type that the name promised."""
    found = filetype.guess(head)
    if is_text(content_type):
        if found is not None or head.startswith(b"%PDF"):
            raise _differs(content_type)
        begins_with = head.lstrip(_JSON_SPACE)[:1]
        if content_type == TEXT_TYPES[".json"] and (not begins_with or begins_with not in _JSON_BEGINNINGS):
            raise _differs(content_type)
    elif found is None or found.mime != content_type:
        raise _differs(content_type)


def check_text(content_type: str, chunks: Iterable[bytes]) -> None:
    """Raises ``UnsupportedAttachment`` unless the whole content is UTF-8 without NUL."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks:
            if b"\0" in chunk:
                raise _differs(content_type)
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _differs(content_type) from error


def _differs(content_type: str) -> UnsupportedAttachment:
    kind = content_type.partition(";")[0]
    return UnsupportedAttachment(file=f"its content is not what its name promises: {kind}")
