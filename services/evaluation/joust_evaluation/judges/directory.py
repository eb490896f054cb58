"""A submitted zip as ``zipfile`` gets to see it: what would fill the memory is refused before it is read."""

import os
import struct
from typing import BinaryIO

_ENTRY_SIGNATURE = b"PK\x01\x02"
_LENGTHS = struct.Struct("<3H")
_LENGTHS_AT = 28
_ENTRY_BYTES = 46
"""Of an entry in the directory before its name, extra field and comment (APPNOTE 4.3.12)."""
_MAX_READ_BYTES = 8_000_000
"""The directory is read as a whole; the submission service takes none that is larger."""


class BadArchive(Exception):
    """The artifact can never be read; the message says why and what would help."""


class Guarded:
    """The file of an archive, with no read larger than a directory and no directory of too many files.

    ``zipfile`` reads the whole directory at once, and makes an object of some 500 bytes of each entry.
    """

    def __init__(self, file: BinaryIO, max_files: int) -> None:
        self._file = file
        self._max_files = max_files
        self.is_open = False
        """To be set when the directory was read: what comes then is bytes of files."""

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """As the file's own."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As the file's own."""
        return self._file.tell()

    def seekable(self) -> bool:
        """Archives are read from their end."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """As the file's own. Raises ``BadArchive``."""
        wanted = _MAX_READ_BYTES + 1 if size < 0 else min(size, _MAX_READ_BYTES + 1)
        data = self._file.read(wanted)
        if len(data) > _MAX_READ_BYTES:
            raise BadArchive("its names and comments take too much room. Pack fewer files.")
        if not self.is_open and (count := _count_entries(data)) > self._max_files:
            raise BadArchive(f"it has {count} files; {self._max_files} are allowed.")
        return data


def _count_entries(directory: bytes) -> int:
    count, at = 0, 0
    while at + _ENTRY_BYTES <= len(directory) and directory.startswith(_ENTRY_SIGNATURE, at):
        at += _ENTRY_BYTES + sum(_LENGTHS.unpack_from(directory, at + _LENGTHS_AT))
        count += 1
    return count


def printable(name: str, max_length: int = 80) -> str:
    """A name from an archive as it may stand in a message."""
    shown = "".join(character if character.isprintable() else "?" for character in name)
    return shown if len(shown) <= max_length else f"{shown[: max_length - 1]}…"
