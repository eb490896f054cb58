"""Safe reading of a submitted zip: everything is checked before anything is unpacked, in little memory.

The archive is hostile until shown otherwise. Names are data and never become paths; a file's stated size is
what the reader goes by, and ``zipfile`` never returns more than that.
"""

import codecs
import errno
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from joust_contracts.artifact_names import problem_of_name
from joust_evaluation.judges.directory import BadArchive, Guarded, printable

SUBMISSION_MD = "SUBMISSION.md"
"""Describes the work (Straw document, ``submission_md_template``)."""

_MAX_RATIO = 200
"""Text packs about 10 to 1, dull logs 100 to 1; deflate can do 1000 to 1."""
_RATIO_COUNTS_FROM_BYTES = 1_000_000
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""The others can't be unpacked piece by piece, so a small archive could fill the memory."""
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_GENERATED = frozenset({".git", ".hg", ".svn", "node_modules", ".venv", "venv", "__pycache__", "vendor"})
_SMALL_CHARACTERS = 4000
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True)
class ArchiveLimits:
    """How much of an archive is taken."""

    max_files: int = 10_000
    max_unpacked_bytes: int = 100_000_000
    max_characters: int = 200_000
    """Of texts and their names, together."""


@dataclass(frozen=True)
class TextFile:
    """A file that is UTF-8 text, or its beginning."""

    name: str
    content: str
    is_cut: bool = False


@dataclass(frozen=True)
class OtherFile:
    """A file of which the judge learns the name and the size alone."""

    name: str
    size_bytes: int


@dataclass(frozen=True)
class SubmittedFiles:
    """What a judge gets to see of a submission."""

    texts: tuple[TextFile, ...]
    binaries: tuple[OtherFile, ...] = ()
    left_out: tuple[OtherFile, ...] = ()
    """Files for which there was no room."""

    @property
    def notes(self) -> str:
        """What was cut, as a sentence for the judgement; empty if nothing was."""
        cut = [file.name for file in self.texts if file.is_cut]
        parts = []
        if cut:
            parts.append(f"only the beginning of {_listed(cut)} was read")
        if self.left_out:
            parts.append(f"{_listed([file.name for file in self.left_out])} left out")
        return f"The submission is longer than the judge reads: {'; '.join(parts)}." if parts else ""


def read_archive(file: BinaryIO, limits: ArchiveLimits) -> SubmittedFiles:
    """The files of a zip, as far as a judge reads them: ``SUBMISSION.md`` first, then sorted by name.

    Reads from the disk and unpacks in pieces, so call it in a thread; memory stays flat.

    Files that tools generate (``node_modules``, ``.git``, …) come last. No file takes more than half of the
    room that is left, so that one big file does not hide the others. The same bytes always give the same
    result. Raises ``BadArchive``.
    """
    with opened_archive(file, limits) as (archive, entries):
        return _read_files(archive, entries, limits)


@contextmanager
def opened_archive(
    file: BinaryIO, limits: ArchiveLimits
) -> Iterator[tuple[zipfile.ZipFile, Sequence[zipfile.ZipInfo]]]:
    """A zip and its files, all of which are checked, for the length of the block.

    Raises ``BadArchive``, also for what shows only while the block reads.
    """
    guarded = Guarded(file, limits.max_files)
    try:
        with zipfile.ZipFile(guarded) as archive:
            guarded.is_open = True
            entries = archive.infolist()
            _check_entries(entries, limits)
            yield archive, [entry for entry in entries if not entry.is_dir()]
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError) as error:
        raise BadArchive("it is not a valid zip file. Pack the files again.") from error
    except (ValueError, NotImplementedError, RuntimeError, OSError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise  # the disk's fault, not the archive's; places out of reach are EINVAL
        raise BadArchive("its zip format is not supported. Pack the files with a common zip tool.") from error


def _check_entries(entries: Sequence[zipfile.ZipInfo], limits: ArchiveLimits) -> None:
    if len({entry.filename for entry in entries}) < len(entries):
        raise BadArchive("it has two files with the same name.")
    total = sum(entry.file_size for entry in entries)
    if total > limits.max_unpacked_bytes:
        raise BadArchive(f"it unpacks to {total} bytes; {limits.max_unpacked_bytes} are allowed.")
    for entry in entries:
        _check_entry(entry)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = printable(entry.filename)
    # zipfile ends a name at a NUL; other tools may not.
    problem = problem_of_name(entry.orig_filename.removesuffix("/"))
    if problem is not None or entry.orig_filename != entry.filename:
        raise BadArchive(
            f"the name of the file '{name}' {problem or 'must be the same for all tools'}."
            " Name files by plain relative paths."
        )
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadArchive(f"'{name}' is a link or a special file. Pack plain files only.")
    if entry.flag_bits & _ENCRYPTED:
        raise BadArchive(f"the file '{name}' is encrypted. Pack without a password.")
    if entry.compress_type not in _METHODS:
        raise BadArchive(f"the file '{name}' is packed by a method other than deflate.")
    packed = max(1, entry.compress_size)
    if entry.file_size > _RATIO_COUNTS_FROM_BYTES and entry.file_size / packed > _MAX_RATIO:
        raise BadArchive(f"the file '{name}' unpacks to more than {_MAX_RATIO} times its packed size.")


def _read_files(
    archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], limits: ArchiveLimits
) -> SubmittedFiles:
    texts: list[TextFile] = []
    binaries: list[OtherFile] = []
    left_out: list[OtherFile] = []
    room = limits.max_characters
    for entry in sorted(entries, key=_reading_order):
        other = OtherFile(entry.filename, entry.file_size)
        here = room - len(other.name)
        if here <= 0:
            left_out.append(other)
            continue
        file = _read_text(archive, entry, max(here // 2, min(here, _SMALL_CHARACTERS)))
        if file is None:
            binaries.append(other)
        else:
            texts.append(file)
            room = here - len(file.content)
    return SubmittedFiles(tuple(texts), tuple(binaries), tuple(left_out))


def _reading_order(entry: zipfile.ZipInfo) -> tuple[bool, bool, str]:
    generated = not _GENERATED.isdisjoint(entry.filename.split("/")[:-1])
    return entry.filename != SUBMISSION_MD, generated, entry.filename


def _read_text(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, max_characters: int) -> TextFile | None:
    """The beginning of a text, ``None`` if it is not UTF-8 text as far as it was read."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    pieces: list[str] = []
    length = 0
    with archive.open(entry) as file:
        while length <= max_characters:
            chunk = file.read(_CHUNK_BYTES)
            try:
                piece = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError:
                return None
            if "\0" in piece:
                return None
            pieces.append(piece)
            length += len(piece)
            if not chunk:
                break
    content = "".join(pieces)
    return TextFile(entry.filename, content[:max_characters], is_cut=len(content) > max_characters)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(printable(name) for name in names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown
