"""Reads the directory of a zip file (PKWARE APPNOTE 6.3, sections 4.3 and 4.5), strictly.

Readers differ in where they look for the directory and in what they overlook. What could be read in two ways
is refused here, so that everybody who unpacks an accepted archive finds the same files.
"""

import os
import struct
from typing import BinaryIO, NamedTuple

from joust_kit.archives.entries import NAME_IS_UTF8, ArchiveLimits, Entry
from joust_kit.archives.errors import Flaw, NotAnArchive, UnacceptableArchive

LOCAL_SIGNATURE = b"PK\x03\x04"
_ENTRY_SIGNATURE = b"PK\x01\x02"
_END_SIGNATURE = b"PK\x05\x06"
_END64_SIGNATURE = b"PK\x06\x06"
_LOCATOR64_SIGNATURE = b"PK\x06\x07"
_ENTRY = struct.Struct("<4sH2B4H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_END64_SIZE_AFTER_ITS_SIZE = 44
_MAX_COMMENT_BYTES = 65_535
_MAX_16, _MAX_32 = 0xFFFF, 0xFFFFFFFF
"""Say that the true value stands in the part for zip64."""
_MAX_DIRECTORY_BYTES = 8_000_000
_ZIP64, _UNIX, _UNICODE_PATH = 0x0001, 0x000D, 0x7075
_UNIX_WITHOUT_LINK_BYTES = 12


class _End(NamedTuple):
    """Where the directory lies, as the end of the file tells."""

    entries: int
    size: int
    offset: int
    ends_at: int
    """Where the directory must end, because what tells of it begins there."""


def read_directory(file: BinaryIO, size_bytes: int, limits: ArchiveLimits) -> tuple[list[Entry], int]:
    """All entries in the order of the directory, and where it begins.

    Raises ``NotAnArchive`` or ``UnacceptableArchive``; never reads more than the directory and the end.
    """
    file.seek(0)
    beginning = file.read(4)
    end = _find_end(file, size_bytes, looks_like_zip=beginning == LOCAL_SIGNATURE)
    if end.entries > limits.max_files:
        raise UnacceptableArchive(Flaw.TOO_MANY_FILES, max_files=limits.max_files)
    if end.size > _MAX_DIRECTORY_BYTES:
        raise UnacceptableArchive(Flaw.DIRECTORY_TOO_LARGE, max_bytes=_MAX_DIRECTORY_BYTES)
    if end.offset + end.size != end.ends_at:
        # Bytes before the archive shift everything, e.g. a program that unpacks itself.
        raise UnacceptableArchive(
            Flaw.FOREIGN_BYTES if end.offset + end.size < end.ends_at else Flaw.TRUNCATED
        )
    file.seek(end.offset)
    return _read_entries(file.read(end.size), end.entries), end.offset


def _find_end(file: BinaryIO, size_bytes: int, *, looks_like_zip: bool) -> _End:
    start = max(0, size_bytes - _END.size - _MAX_COMMENT_BYTES)
    file.seek(start)
    tail = file.read(size_bytes - start)
    fitting = [place for place in _places_of(_END_SIGNATURE, tail) if _ends_with_file(tail, place)]
    if not fitting:
        if looks_like_zip or _END_SIGNATURE in tail:
            raise UnacceptableArchive(Flaw.TRUNCATED)
        raise NotAnArchive()
    if len(fitting) > 1 or fitting[0] != tail.rfind(_END_SIGNATURE):
        raise UnacceptableArchive(Flaw.AMBIGUOUS)
    at = start + fitting[0]
    _, disk, first_disk, here, count, size, offset, _ = _END.unpack_from(tail, fitting[0])
    plain = _End(count, size, offset, at)
    if (wide := _find_end64(file, plain)) is not None:
        return wide
    if disk or first_disk or here != count:
        raise UnacceptableArchive(Flaw.MANY_DISKS)
    return plain


def _places_of(signature: bytes, tail: bytes) -> list[int]:
    places, place = [], tail.find(signature)
    while place >= 0:
        places.append(place)
        place = tail.find(signature, place + 1)
    return places


def _ends_with_file(tail: bytes, place: int) -> bool:
    if place + _END.size > len(tail):
        return False
    comment_bytes: int = _END.unpack_from(tail, place)[7]
    return place + _END.size + comment_bytes == len(tail)


def _find_end64(file: BinaryIO, plain: _End) -> _End | None:
    """The same for zip64, whose values must agree with those that fitted into the old form."""
    at = plain.ends_at - _LOCATOR64.size
    if at < 0:
        return None
    file.seek(at)
    signature, disk, record_at, disks = _LOCATOR64.unpack(file.read(_LOCATOR64.size))
    if signature != _LOCATOR64_SIGNATURE:
        return None
    if disk or disks > 1:
        raise UnacceptableArchive(Flaw.MANY_DISKS)
    if record_at + _END64.size != at:
        raise UnacceptableArchive(Flaw.BROKEN_DIRECTORY)
    file.seek(record_at)
    signature, rest, _, _, disk, first, here, count, size, offset = _END64.unpack(file.read(_END64.size))
    if signature != _END64_SIGNATURE or rest != _END64_SIZE_AFTER_ITS_SIZE:
        raise UnacceptableArchive(Flaw.BROKEN_DIRECTORY)
    if disk or first or here != count:
        raise UnacceptableArchive(Flaw.MANY_DISKS)
    told = ((plain.entries, count, _MAX_16), (plain.size, size, _MAX_32), (plain.offset, offset, _MAX_32))
    if any(narrow not in (wide, sentinel) for narrow, wide, sentinel in told):
        raise UnacceptableArchive(Flaw.AMBIGUOUS)
    return _End(count, size, offset, record_at)


def _read_entries(directory: bytes, count: int) -> list[Entry]:
    entries, at = [], 0
    for _ in range(count):
        entry, at = _read_entry(directory, at)
        entries.append(entry)
    if at != len(directory):
        raise UnacceptableArchive(Flaw.BROKEN_DIRECTORY)
    return entries


def _read_entry(directory: bytes, at: int) -> tuple[Entry, int]:
    if at + _ENTRY.size > len(directory):
        raise UnacceptableArchive(Flaw.BROKEN_DIRECTORY)
    parts = _ENTRY.unpack_from(directory, at)
    signature, _, version, _, flags, method, _, _, crc, packed, unpacked = parts[:11]
    name_bytes, extra_bytes, comment_bytes, disk, _, attributes, offset = parts[11:]
    name_at = at + _ENTRY.size
    extra_at = name_at + name_bytes
    end = extra_at + extra_bytes + comment_bytes
    if signature != _ENTRY_SIGNATURE or end > len(directory):
        raise UnacceptableArchive(Flaw.BROKEN_DIRECTORY)
    raw_name = directory[name_at:extra_at]
    name = _decoded(raw_name, flags)
    extra = _fields_of(directory[extra_at : extra_at + extra_bytes], name)
    packed, unpacked, offset, disk = _widened(extra, name, packed, unpacked, offset, disk)
    if disk:
        raise UnacceptableArchive(Flaw.MANY_DISKS)
    entry = Entry(
        name=name,
        raw_name=raw_name,
        needs_version=version,
        flags=flags,
        method=method,
        crc=crc,
        packed_bytes=packed,
        unpacked_bytes=unpacked,
        offset=offset,
        mode=attributes >> 16,
        has_link=len(extra.get(_UNIX, b"")) > _UNIX_WITHOUT_LINK_BYTES,
        other_name=_unicode_name(extra, name),
    )
    return entry, end


def _decoded(raw_name: bytes, flags: int) -> str:
    """APPNOTE, appendix D: UTF-8 if the flag says so, else code page 437."""
    if not flags & NAME_IS_UTF8:
        return raw_name.decode("cp437")
    try:
        return raw_name.decode()
    except UnicodeDecodeError as error:
        raise UnacceptableArchive(Flaw.NAME_NOT_UTF8, raw_name.decode("utf-8", "replace")) from error


def _fields_of(extra: bytes, name: str) -> dict[int, bytes]:
    """Extra fields by kind. A few bytes too many are padding, which some tools write."""
    fields: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if at + 4 + length > len(extra) or kind in fields:
            raise UnacceptableArchive(Flaw.BROKEN_DIRECTORY, name)
        fields[kind] = extra[at + 4 : at + 4 + length]
        at += 4 + length
    return fields


def _widened(
    extra: dict[int, bytes], name: str, packed: int, unpacked: int, offset: int, disk: int
) -> tuple[int, int, int, int]:
    """Sizes and offset, from the zip64 field where the plain ones say so (APPNOTE 4.5.3)."""
    field = extra.get(_ZIP64, b"")
    at = 0

    def wide(value: int, sentinel: int, form: str) -> int:
        nonlocal at
        if value != sentinel or not field:
            return value
        if at + struct.calcsize(form) > len(field):
            raise UnacceptableArchive(Flaw.BROKEN_DIRECTORY, name)
        (found,) = struct.unpack_from(form, field, at)
        at += struct.calcsize(form)
        return int(found)

    unpacked = wide(unpacked, _MAX_32, "<Q")
    packed = wide(packed, _MAX_32, "<Q")
    offset = wide(offset, _MAX_32, "<Q")
    return packed, unpacked, offset, wide(disk, _MAX_16, "<L")


def _unicode_name(extra: dict[int, bytes], name: str) -> str | None:
    field = extra.get(_UNICODE_PATH)
    if field is None:
        return None
    try:
        return field[5:].decode()
    except UnicodeDecodeError as error:
        raise UnacceptableArchive(Flaw.NAME_NOT_UTF8, name) from error


def size_of(file: BinaryIO) -> int:
    """Bytes of an open file."""
    return file.seek(0, os.SEEK_END)
