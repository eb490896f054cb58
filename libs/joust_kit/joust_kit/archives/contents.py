"""Holds the bytes of an archive against what its directory says, piece by piece in little memory."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from typing import BinaryIO

from joust_kit.archives.directory import LOCAL_SIGNATURE
from joust_kit.archives.entries import HAS_DESCRIPTOR, STORED, Entry
from joust_kit.archives.errors import Flaw, UnacceptableArchive

_LOCAL = struct.Struct("<4s5H3L2H")
_DESCRIPTOR_SIGNATURE = b"PK\x07\x08"
_DESCRIPTOR_FORMS = {12: "<3L", 16: "<4x3L", 20: "<LQQ", 24: "<4xLQQ"}
"""By length: with and without signature, plain and zip64 (APPNOTE 4.3.9)."""
_MAX_32 = 0xFFFFFFFF
_CHUNK_BYTES = 256 * 1024
_HEAD_BYTES = 512
_ARCHIVES = (
    *(b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf\x27\x1c"),
    *(b"Rar!\x1a\x07", b"\x28\xb5\x2f\xfd"),
)
"""How zip, gzip, bzip2, xz, 7z, rar and zstandard begin."""
_TAR_MAGIC_AT = 257
_PACKAGED_DOCUMENTS = frozenset(
    {".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub", ".jar", ".whl", ".npz", ".pt", ".keras"}
)
"""Formats of documents and data that are zip files within; nobody unpacks them for their files."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """An entry and where its bytes lie."""

    entry: Entry
    begins_at: int
    ends_at: int


class Contents:
    """The bytes of an archive whose directory was checked before."""

    def __init__(self, file: BinaryIO, entries: Sequence[Entry], directory_at: int) -> None:
        """Raises ``UnacceptableArchive`` if any byte belongs to two entries or to none."""
        self._file = file
        placed = sorted(map(self._place, entries), key=lambda each: each.entry.offset)
        self._placed = placed
        starts = [each.entry.offset for each in placed] + [directory_at]
        if starts[0] > 0:
            raise UnacceptableArchive(Flaw.FOREIGN_BYTES)
        for each, (_, next_at) in zip(placed, pairwise(starts), strict=True):
            self._check_end(each, next_at)

    def check(self, keep: str, max_kept_bytes: int) -> bytes | None:
        """Unpack everything once, piece by piece; the bytes of the file called ``keep``, if it is there.

        Of that one at most ``max_kept_bytes`` and one more are returned. Raises ``UnacceptableArchive``.
        """
        kept: bytes | None = None
        for each in self._placed:
            wanted = max_kept_bytes + 1 if each.entry.name == keep else _HEAD_BYTES
            head = self._check_bytes(each, wanted)
            if each.entry.name == keep:
                kept = head
            if _is_archive(head, each.entry.name):
                raise UnacceptableArchive(Flaw.NESTED, each.entry.name)
        return kept

    def _place(self, entry: Entry) -> _Placed:
        """Read the entry's own header, which must say what the directory says."""
        self._file.seek(entry.offset)
        header = self._file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(LOCAL_SIGNATURE):
            raise UnacceptableArchive(Flaw.TRUNCATED, entry.name)
        _, _, flags, method, _, _, crc, packed, unpacked, name_bytes, extra_bytes = _LOCAL.unpack(header)
        raw_name = self._file.read(name_bytes)
        if (raw_name, method, flags & HAS_DESCRIPTOR) != (
            entry.raw_name,
            entry.method,
            entry.flags & HAS_DESCRIPTOR,
        ):
            raise UnacceptableArchive(Flaw.HEADERS_DIFFER, entry.name)
        told = ((crc, entry.crc), (packed, entry.packed_bytes), (unpacked, entry.unpacked_bytes))
        # Written as a stream, the sizes follow behind; in zip64 they stand in an extra field.
        excused = {0, _MAX_32} if flags & HAS_DESCRIPTOR else {_MAX_32}
        if any(here != there and here not in excused for here, there in told):
            raise UnacceptableArchive(Flaw.HEADERS_DIFFER, entry.name)
        begins_at = entry.offset + _LOCAL.size + name_bytes + extra_bytes
        return _Placed(entry, begins_at, begins_at + entry.packed_bytes)

    def _check_end(self, placed: _Placed, next_at: int) -> None:
        gap = next_at - placed.ends_at
        if gap < 0:
            raise UnacceptableArchive(Flaw.OVERLAP, placed.entry.name)
        if not placed.entry.flags & HAS_DESCRIPTOR:
            if gap:
                raise UnacceptableArchive(Flaw.FOREIGN_BYTES, placed.entry.name)
            return
        if gap not in _DESCRIPTOR_FORMS:
            raise UnacceptableArchive(Flaw.FOREIGN_BYTES, placed.entry.name)
        self._file.seek(placed.ends_at)
        told = struct.unpack(_DESCRIPTOR_FORMS[gap], self._file.read(gap))
        entry = placed.entry
        if told != (entry.crc, entry.packed_bytes, entry.unpacked_bytes):
            raise UnacceptableArchive(Flaw.HEADERS_DIFFER, entry.name)

    def _check_bytes(self, placed: _Placed, wanted: int) -> bytes:
        """Unpack an entry; its first ``wanted`` bytes."""
        entry, head, crc, length = placed.entry, bytearray(), 0, 0
        pieces = self._stored(placed) if entry.method == STORED else self._inflated(placed)
        for piece in pieces:
            length += len(piece)
            if length > entry.unpacked_bytes:
                raise UnacceptableArchive(Flaw.SIZE_LIES, entry.name)
            crc = zlib.crc32(piece, crc)
            if len(head) < wanted:
                head += piece[: wanted - len(head)]
        if length != entry.unpacked_bytes:
            raise UnacceptableArchive(Flaw.SIZE_LIES, entry.name)
        if crc != entry.crc:
            raise UnacceptableArchive(Flaw.BAD_CRC, entry.name)
        return bytes(head)

    def _stored(self, placed: _Placed) -> Iterator[bytes]:
        self._file.seek(placed.begins_at)
        left = placed.entry.packed_bytes
        while left and (piece := self._file.read(min(left, _CHUNK_BYTES))):
            left -= len(piece)
            yield piece

    def _inflated(self, placed: _Placed) -> Iterator[bytes]:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for packed in self._stored(placed):
                piece = inflater.decompress(packed, _CHUNK_BYTES)
                yield piece
                # A full piece may have more behind it, though no input is left.
                while inflater.unconsumed_tail or len(piece) == _CHUNK_BYTES:
                    piece = inflater.decompress(inflater.unconsumed_tail, _CHUNK_BYTES)
                    yield piece
        except zlib.error as error:
            raise UnacceptableArchive(Flaw.NOT_DEFLATE, placed.entry.name) from error
        if not inflater.eof:
            raise UnacceptableArchive(Flaw.NOT_DEFLATE, placed.entry.name)
        if inflater.unused_data:
            raise UnacceptableArchive(Flaw.FOREIGN_BYTES, placed.entry.name)


def _is_archive(head: bytes, name: str) -> bool:
    if head[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar":
        return True
    return head.startswith(_ARCHIVES) and PurePosixPath(name).suffix.lower() not in _PACKAGED_DOCUMENTS
