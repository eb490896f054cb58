"""Builds zip files byte by byte, so that they can be as odd or as wrong as a test wants."""

import struct
import zlib
from dataclasses import dataclass, field, replace
from typing import Any, Self

STORED, DEFLATED = 0, 8
UTF8, DESCRIPTOR = 0x800, 0x8
MAX_16, MAX_32 = 0xFFFF, 0xFFFFFFFF
PLAIN, LINK, FOLDER = 0o100644, 0o120777, 0o040755
DESCRIPTION = (
    b"# SUBMISSION.md\n\n## What I Built\na\n\n## How To Run\nb\n\n## Architecture\nc\n\n"
    b"## What Works\nd\n\n## Known Limitations\ne\n\n## Tradeoffs\nf\n"
)


def deflated(content: bytes, level: int = 9) -> bytes:
    """As a zip holds it."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def extra(kind: int, content: bytes) -> bytes:
    """One extra field."""
    return struct.pack("<HH", kind, len(content)) + content


@dataclass(frozen=True)
class File:
    """An entry; what is ``None`` is as it should be."""

    name: bytes | str
    content: bytes = b"x"
    method: int = DEFLATED
    flags: int = 0
    mode: int = PLAIN
    system: int = 3
    needs: int = 20
    """Version of the format, in tenths."""
    packed: bytes | None = None
    crc: int | None = None
    packed_bytes: int | None = None
    unpacked_bytes: int | None = None
    central_extra: bytes = b""
    local_extra: bytes = b""
    comment: bytes = b""
    descriptor: bytes | None = None
    """``None`` writes a right one if the flags ask for it."""
    local: dict[str, Any] = field(default_factory=dict)
    """What the entry's own header says instead."""
    at: int | None = None
    """Where the directory says that it lies."""
    disk: int = 0

    @property
    def raw_name(self) -> bytes:
        return self.name.encode() if isinstance(self.name, str) else self.name

    @property
    def is_ascii(self) -> bool:
        return self.raw_name.isascii()

    def body(self) -> bytes:
        if self.packed is not None:
            return self.packed
        return self.content if self.method == STORED else deflated(self.content)

    def values(self) -> dict[str, Any]:
        """What the directory says."""
        body = self.body()
        flags = self.flags | (0 if self.is_ascii or isinstance(self.name, bytes) else UTF8)
        return {
            "name": self.raw_name,
            "flags": flags,
            "method": self.method,
            "crc": zlib.crc32(self.content) if self.crc is None else self.crc,
            "packed": len(body) if self.packed_bytes is None else self.packed_bytes,
            "unpacked": len(self.content) if self.unpacked_bytes is None else self.unpacked_bytes,
        }


MD = File("SUBMISSION.md", DESCRIPTION)


@dataclass(frozen=True)
class Zip:
    """An archive; ``bytes(zip)`` writes it."""

    files: tuple[File, ...]
    before: bytes = b""
    """Bytes before the first entry; offsets count from the beginning of the file."""
    between: bytes = b""
    """Bytes before the directory."""
    comment: bytes = b""
    after: bytes = b""
    zip64: bool = False
    end: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, *files: File, **options: Any) -> Self:
        """With a SUBMISSION.md as it should be."""
        return cls((MD, *files), **options)

    def __bytes__(self) -> bytes:
        out, places = bytearray(self.before), []
        for file in self.files:
            places.append(len(out))
            out += _local(file)
        out += self.between
        directory_at = len(out)
        for file, place in zip(self.files, places, strict=True):
            out += _central(file, place)
        size = len(out) - directory_at
        values = {
            "count": len(self.files),
            "size": size,
            "offset": directory_at,
            "disk": 0,
            "disks": 1,
            **self.end,
        }
        return bytes(out) + self._end(values, len(out)) + self.after

    def _end(self, values: dict[str, int], at: int) -> bytes:
        count, size, offset = values["count"], values["size"], values["offset"]
        wide = b""
        if self.zip64:
            here = values.get("here", count)
            wide = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, here, count, size, offset)
            wide += struct.pack("<4sLQL", b"PK\x06\x07", 0, at, values["disks"])
            count, size, offset = MAX_16, MAX_32, MAX_32
        disk = values["disk"]
        here = min(values.get("here", count), MAX_16)
        count, size, offset = min(count, MAX_16), min(size, MAX_32), min(offset, MAX_32)
        tail = (b"PK\x05\x06", disk, disk, here, count, size, offset, len(self.comment))
        return wide + struct.pack("<4s4H2LH", *tail) + self.comment

    def replacing(self, **changes: Any) -> "Zip":
        """Another one."""
        return replace(self, **changes)


def _local(file: File) -> bytes:
    values = file.values()
    if values["flags"] & DESCRIPTOR:
        values |= {"crc": 0, "packed": 0, "unpacked": 0}
    values |= file.local
    name = values["name"]
    header = struct.pack(
        "<4s5H3L2H",
        b"PK\x03\x04",
        20,
        values["flags"],
        values["method"],
        0,
        33,
        values["crc"],
        values["packed"],
        values["unpacked"],
        len(name),
        len(file.local_extra),
    )
    tail = b""
    if values["flags"] & DESCRIPTOR:
        tail = right_descriptor(file) if file.descriptor is None else file.descriptor
    return header + name + file.local_extra + file.body() + tail


def right_descriptor(file: File, form: str = "<4s3L") -> bytes:
    """What follows the bytes of an entry that was written as a stream."""
    values = file.values()
    told = (values["crc"], values["packed"], values["unpacked"])
    return struct.pack(form, b"PK\x07\x08", *told) if "s" in form else struct.pack(form, *told)


def _central(file: File, place: int) -> bytes:
    values = file.values()
    name = values["name"]
    header = struct.pack(
        "<4s6H3L5H2L",
        b"PK\x01\x02",
        file.system << 8 | 20,
        file.needs,
        values["flags"],
        values["method"],
        0,
        33,
        values["crc"],
        values["packed"],
        values["unpacked"],
        len(name),
        len(file.central_extra),
        len(file.comment),
        file.disk,
        0,
        file.mode << 16,
        place if file.at is None else file.at,
    )
    return header + name + file.central_extra + file.comment
