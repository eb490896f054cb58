"""Rules of the files in an artifact. Their names come from strangers: no I/O, and nothing is repaired.

What one name may be is a contract, as those who read artifacts rely on it; here is what names may be to each
other.
"""

from collections.abc import Collection, Iterable
from itertools import pairwise
from pathlib import PurePosixPath
from unicodedata import normalize

from joust_contracts.artifact_names import problem_of_name
from joust_kit.archives.errors import UnacceptableFiles

SUBMISSION_MD = "SUBMISSION.md"
"""Must lie at the root, spelled like this (Straw document, ``submission_md_template``)."""

_MAX_REPORTED = 50

Problems = dict[str, str]


def check_names(names: Collection[str], *, folders: Collection[str] = ()) -> None:
    """Raises ``UnacceptableFiles``, which names each that is not a relative POSIX path of its own.

    ``folders``: those that were named by themselves, without a slash at the end.
    """
    every = (*names, *folders)
    problems = {name: problem for name in every if (problem := problem_of_name(name)) is not None}
    problems = problems or _collisions(names, folders)
    if problems:
        raise refusal_of(problems)


def refusal_of(problems: Problems) -> UnacceptableFiles:
    """The refusal of files by their names; the first fifty are reported."""
    reported = list(problems.items())[:_MAX_REPORTED]
    return UnacceptableFiles(**{f"files.{_printable(name)}": problem for name, problem in reported})


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
