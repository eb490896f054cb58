"""What a file in an artifact may be called: intake lets in no other name, and takes every one of these.

A name that is refused here could, once unpacked by somebody, leave its folder, overwrite another file or show
as something that it is not. Names come from strangers: nothing is repaired.
"""

import re

MAX_SEGMENT_BYTES = 255
"""Longest file name in UTF-8 that common file systems take (NAME_MAX)."""
MAX_DEPTH = 64
"""Folders within folders, so that checking and unpacking a name stay cheap."""
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Controls, lone surrogates, line separators, and the bidirectional controls by which ``gpj.exe`` would
read as ``exe.jpg`` (Unicode Standard Annex 9, section 2). Other marks without a width are parts of words in
many scripts."""
_DRIVE = re.compile(r"[A-Za-z]:/")


def problem_of_name(name: str) -> str | None:
    """Why ``name`` is no relative POSIX path, as the end of a sentence; ``None`` if it is one.

    A folder is named without its slash at the end.
    """
    if name.startswith("/") or _DRIVE.match(name):
        return "must be relative, not absolute"
    if "\\" in name:
        return "must use '/', not a backslash"
    if _UNSHOWABLE.search(name):
        return "must not contain control characters"
    if name.count("/") > MAX_DEPTH:
        return f"must not be deeper than {MAX_DEPTH} folders"
    return next(filter(None, map(_problem_of_segment, name.split("/"))), None)


def _problem_of_segment(segment: str) -> str | None:
    if not segment:
        return "must not be empty, end with '/' or contain '//'"
    if segment in {".", ".."}:
        return "must not contain '.' or '..' as a folder"
    if segment != segment.strip():
        return "must not have spaces around a file's or folder's name"
    if len(segment.encode()) > MAX_SEGMENT_BYTES:
        return f"a file's or folder's name must have at most {MAX_SEGMENT_BYTES} bytes"
    return None
