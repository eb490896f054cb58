"""Rules of the files in an artifact. Their names come from strangers: no I/O, and nothing is repaired.

A name that is refused here could, once unpacked by somebody, leave its folder, overwrite another file or
show as something that it is not. The sandbox's unpacker has checks of its own.
"""

import re
from collections.abc import Collection, Iterable
from itertools import pairwise
from pathlib import PurePosixPath
from unicodedata import normalize

from joust_submission.artifacts.errors import UnacceptableFiles

SUBMISSION_MD = "SUBMISSION.md"
"""Must lie at the root, spelled like this (Straw document, ``submission_md_template``)."""

MAX_SEGMENT_BYTES = 255
"""Longest file name in UTF-8 that common file systems take (NAME_MAX)."""
MAX_DEPTH = 64
"""Folders within folders, so that checking and unpacking a name stay cheap."""
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Controls, lone surrogates, line separators, and the bidirectional controls by which ``gpj.exe`` would
read as ``exe.jpg`` (Unicode Standard Annex 9, section 2)."""
_MAX_REPORTED = 50
_DRIVE = re.compile(r"[A-Za-z]:/")

Problems = dict[str, str]


def check_names(names: Collection[str], *, folders: Collection[str] = ()) -> None:
    """Raises ``UnacceptableFiles``, which names each that is not a relative POSIX path of its own.

    ``folders``: those that were named by themselves, without a slash at the end.
    """
    every = (*names, *folders)
    problems = {name: problem for name in every if (problem := _problem_of(name)) is not None}
    problems = problems or _collisions(names, folders)
    if problems:
        raise refusal_of(problems)


def refusal_of(problems: Problems) -> UnacceptableFiles:
    """The refusal of files by their names; the first fifty are reported."""
    reported = list(problems.items())[:_MAX_REPORTED]
    return UnacceptableFiles(**{f"files.{_printable(name)}": problem for name, problem in reported})


def _problem_of(name: str) -> str | None:
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


def _collisions(names: Iterable[str], folders: Iterable[str]) -> Problems:
    """Names that meet on a file system which ignores case or Unicode's ways of writing one letter."""
    first_with: dict[str, str] = {}
    problems: Problems = {}
    for name in names:
        first = first_with.setdefault(_folded(name), name)
        if first is not name:
            problems[name] = f"is the same as '{first}' on some systems; rename or remove one"
    # With NUL for the slash, a folder's contents sort right behind a file of the folder's name.
    for file, next_one in pairwise(sorted(first_with, key=_nul_for_slash)):
        if next_one.startswith(f"{file}/"):
            problems[first_with[next_one]] = f"lies in a folder, but '{first_with[file]}' is a file"
    for folder in folders:
        for path in (folder, *map(str, PurePosixPath(folder).parents)):
            if (known := first_with.get(_folded(path))) is not None:
                problems[folder] = f"is a folder, but '{known}' is a file"
    return problems


def _folded(name: str) -> str:
    return normalize("NFC", normalize("NFC", name).casefold())


def _nul_for_slash(name: str) -> str:
    return name.replace("/", "\0")


def _printable(name: str) -> str:
    """The name as it can stand in a JSON answer: a lone surrogate can't."""
    return name.encode("utf-8", "replace").decode()
