"""What the directory of an archive says of its files, and what may be believed of it. No I/O.

What an archive says is a stranger's word. These rules look at words alone, so they cost little, and come
before anything is unpacked; ``contents`` then holds the bytes against the words.
"""

import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from joust_kit.archives.errors import ArtifactTooLarge, Flaw, UnacceptableArchive
from joust_kit.archives.names import check_names

STORED, DEFLATED = 0, 8
"""The methods that every tool writes; the others can't be unpacked piece by piece by everyone."""
HAS_DESCRIPTOR = 0x8
NAME_IS_UTF8 = 0x800
_ENCRYPTED = 0x1 | 0x40 | 0x2000
"""APPNOTE 4.4.4: encrypted, strongly encrypted, directory masked."""
_PATCHED = 0x20
_MAX_VERSION = 63
"""Of the format, in tenths: 6.3 is the newest that common tools read, and the judge's among them."""
_MAX_RATIO = 200
"""Text packs about 10 to 1, dull logs 100 to 1; deflate can do 1000 to 1. The judge has the same limit."""
_RATIO_COUNTS_FROM_BYTES = 1_000_000
_EMPTY_DEFLATED_BYTES = 2


@dataclass(frozen=True)
class ArchiveLimits:
    """How much of an archive is taken."""

    max_unpacked_bytes: int
    max_files: int = 10_000
    """Folders count as well. As many as quick-submit takes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder, as the directory tells it."""

    name: str
    raw_name: bytes
    needs_version: int
    """Of the format, in tenths, to be unpacked (APPNOTE 4.4.3)."""
    flags: int
    method: int
    crc: int
    packed_bytes: int
    unpacked_bytes: int
    offset: int
    """Where its own header begins."""
    mode: int
    """As in ``stat``; 0 where the archive has none."""
    has_link: bool
    """It carries the target of a link beside its bytes (APPNOTE 4.5.7)."""
    other_name: str | None
    """A second name that some tools would take (APPNOTE 4.6.9)."""

    @property
    def is_folder(self) -> bool:
        """True for a folder of its own, which has no bytes."""
        return self.name.endswith("/")

    @property
    def path(self) -> str:
        """The name without the slash of a folder."""
        return self.name.removesuffix("/")


def check_entries(entries: Sequence[Entry], limits: ArchiveLimits) -> None:
    """Raises ``UnacceptableArchive``, ``UnacceptableFiles`` or ``ArtifactTooLarge``."""
    for entry in entries:
        _check_entry(entry)
    doubled = next(
        (name for name, count in Counter(each.name for each in entries).items() if count > 1), None
    )
    if doubled is not None:
        raise UnacceptableArchive(Flaw.DUPLICATE, doubled)
    check_names(
        [each.name for each in entries if not each.is_folder],
        folders=[each.path for each in entries if each.is_folder],
    )
    total = sum(each.unpacked_bytes for each in entries)
    if total > limits.max_unpacked_bytes:
        raise ArtifactTooLarge(
            files=f"must have at most {limits.max_unpacked_bytes} bytes together, unpacked",
            max_bytes=limits.max_unpacked_bytes,
        )


def _check_entry(entry: Entry) -> None:
    if (flaw := _flaw_of(entry)) is not None:
        raise UnacceptableArchive(flaw, entry.name)


def _flaw_of(entry: Entry) -> Flaw | None:
    return _flaw_of_form(entry) or _flaw_of_kind(entry) or _flaw_of_sizes(entry)


def _flaw_of_form(entry: Entry) -> Flaw | None:
    if entry.flags & _ENCRYPTED:
        return Flaw.ENCRYPTED
    if entry.method not in (STORED, DEFLATED) or entry.flags & _PATCHED:
        return Flaw.METHOD
    return Flaw.VERSION if entry.needs_version > _MAX_VERSION else None


def _flaw_of_kind(entry: Entry) -> Flaw | None:
    if entry.has_link or stat.S_ISLNK(entry.mode):
        return Flaw.LINK
    if stat.S_IFMT(entry.mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return Flaw.SPECIAL_FILE
    return Flaw.TWO_NAMES if entry.other_name not in (None, entry.name) else None


def _flaw_of_sizes(entry: Entry) -> Flaw | None:
    if entry.method == STORED and entry.packed_bytes != entry.unpacked_bytes:
        return Flaw.SIZE_LIES
    if entry.is_folder and (entry.unpacked_bytes or entry.packed_bytes > _EMPTY_DEFLATED_BYTES):
        return Flaw.SIZE_LIES
    is_large = entry.unpacked_bytes > _RATIO_COUNTS_FROM_BYTES
    if is_large and entry.unpacked_bytes > _MAX_RATIO * max(1, entry.packed_bytes):
        return Flaw.RATIO
    return None
