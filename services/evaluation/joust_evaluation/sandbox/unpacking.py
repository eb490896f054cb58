"""Unpacks a submitted zip for the sandbox: plain files and folders, no link, no more than is allowed."""

import errno
import os
import shutil
import stat
from pathlib import Path
from typing import BinaryIO

from joust_evaluation.judges.artifact import ArchiveLimits, opened_archive
from joust_evaluation.judges.directory import BadArchive, printable

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
_CHUNK_BYTES = 64 * 1024
_NAMES_CLASH = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG}


def unpack(file: BinaryIO, limits: ArchiveLimits, into: Path) -> Path:
    """Unpack into a new, empty folder; returns the folder that holds the work.

    That is ``into``, or the one folder in it if everything lies in there. Blocks on the disk, so call it in a
    thread. Raises ``BadArchive``, or ``OSError`` if the disk is full.
    """
    with opened_archive(file, limits) as (archive, entries):
        for entry in entries:
            # Names were checked: they are relative and have no part that leads upwards.
            path = into / entry.filename
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(path, _NEW_FILE, 0o600)
            except OSError as error:
                if error.errno in _NAMES_CLASH:
                    name = printable(entry.filename)
                    raise BadArchive(f"the file '{name}' and another one can't lie side by side.") from error
                raise
            os.fchmod(descriptor, _mode_of(entry.external_attr))
            with os.fdopen(descriptor, "wb") as unpacked, archive.open(entry) as packed:
                # zipfile gives no more than the entry's stated size, and the sum of those was checked.
                shutil.copyfileobj(packed, unpacked, _CHUNK_BYTES)
    for folder in into.rglob("*/"):
        folder.chmod(0o755)
    return _root_of(into)


def _mode_of(external_attr: int) -> int:
    """Readable for everybody, since who runs in the sandbox may be somebody else; executable if packed so."""
    return 0o755 if (external_attr >> 16) & stat.S_IXUSR else 0o644


def _root_of(folder: Path) -> Path:
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder
