"""Builds the archive of a submission: the same files always make the same bytes."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from joust_kit.archives.errors import ArtifactTooLarge
from joust_kit.archives.names import SUBMISSION_MD, check_names, refusal_of
from joust_submission.artifacts.submission_md import generate_submission_md

_IN_MEMORY_BYTES = 4_000_000
"""Larger archives are built on disk, so that many uploads at once need little memory."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest moment a zip can hold; the true one would make equal submissions differ."""
_LARGE_BYTES = 500_000
_MAX_RATIO = 100
"""Half of what judges and the intake of zips take, and of larger files only."""
_PLAIN_FILE = 0o100644 << 16
_UNIX = 3


@dataclass(frozen=True)
class Archive:
    """A finished zip; ``file`` stands at its beginning."""

    file: "SpooledTemporaryFile[bytes]"
    size_bytes: int
    names: tuple[str, ...]
    """What is in it, sorted; with SUBMISSION.md, whoever wrote it."""


@asynccontextmanager
async def packed(files: Mapping[str, str], max_bytes: int) -> AsyncIterator[Archive]:
    """``pack`` in a thread, because it takes processor time; the archive is gone after the block."""
    archive = await asyncio.to_thread(pack, files, max_bytes)
    try:
        yield archive
    finally:
        archive.file.close()


def pack(files: Mapping[str, str], max_bytes: int) -> Archive:
    """Zip the files, with a generated SUBMISSION.md unless there is one at the root.

    Raises ``UnacceptableFiles`` for names or texts that can't be packed, and ``ArtifactTooLarge`` if the
    files or the archive have more than ``max_bytes``.
    """
    complete = dict(files)
    if SUBMISSION_MD not in complete:
        # First, so that of two colliding names the agent's is blamed.
        complete = {SUBMISSION_MD: generate_submission_md(sorted(files)), **complete}
    check_names(complete)
    names = tuple(sorted(complete))
    file = SpooledTemporaryFile[bytes](_IN_MEMORY_BYTES)
    try:
        _write(file, {name: complete[name] for name in names}, max_bytes)
        size_bytes = file.tell()
        if size_bytes > max_bytes:
            raise _too_large(max_bytes)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return Archive(file, size_bytes, names)


def _write(file: "SpooledTemporaryFile[bytes]", files: Mapping[str, str], max_bytes: int) -> None:
    total = 0
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in files.items():
            encoded = _encode(name, content)
            total += len(encoded)
            if total > max_bytes:
                raise _too_large(max_bytes)
            archive.writestr(_entry(name, _method_for(encoded)), encoded)


def _encode(name: str, content: str) -> bytes:
    try:
        return content.encode()
    except UnicodeEncodeError as error:
        raise refusal_of({name: "is not valid Unicode text"}) from error


def _method_for(content: bytes) -> int:
    """Stored if it would pack as well as a bomb: the judge refuses those, and it is us who pack."""
    if len(content) <= _LARGE_BYTES or len(zlib.compress(content)) * _MAX_RATIO > len(content):
        return ZIP_DEFLATED
    return ZIP_STORED


def _entry(name: str, method: int) -> ZipInfo:
    entry = ZipInfo(name, _EPOCH)
    entry.compress_type = method
    entry.create_system = _UNIX
    entry.external_attr = _PLAIN_FILE
    return entry


def _too_large(max_bytes: int) -> ArtifactTooLarge:
    return ArtifactTooLarge(files=f"must have at most {max_bytes} bytes together", max_bytes=max_bytes)
