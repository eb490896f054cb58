"""A folder of a program's files as a tar for an engine, and how one sees that it has changed. Blocks on the
disk, so call it in a thread."""

import os
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

_IN_MEMORY_BYTES = 1_000_000
_READABLE, _EXECUTABLE = 0o444, 0o555

Seen = tuple[tuple[str, int, int, int], ...]
"""Name, mode, size and time of each file and folder."""


def seen_in(folder: Path) -> Seen:
    """What tells whether a folder's content is still the same. Raises ``OSError`` if it is not there."""
    return tuple(
        (name, found.st_mode, found.st_size, found.st_mtime_ns) for name, found in sorted(_inside(folder))
    )


def carried(folder: Path, target: str) -> BinaryIO:
    """A tar that puts the files and folders in ``folder`` at ``target``; the caller closes it.

    All belongs to root and can be written by nobody; what is neither file nor folder stays behind. Raises
    ``OSError`` if the folder is not there.
    """
    file = cast("BinaryIO", SpooledTemporaryFile(_IN_MEMORY_BYTES))  # noqa: SIM115 - the caller closes it
    try:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name, found in sorted([(".", folder.stat()), *_inside(folder)]):
                _add(tar, str(PurePosixPath(target.removeprefix("/"), name)), folder / name, found)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def _add(tar: tarfile.TarFile, name: str, path: Path, found: os.stat_result) -> None:
    info = tarfile.TarInfo(name)
    if stat.S_ISDIR(found.st_mode):
        info.type, info.mode = tarfile.DIRTYPE, _EXECUTABLE
        tar.addfile(info)
        return
    info.mode = _EXECUTABLE if found.st_mode & stat.S_IXUSR else _READABLE
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as content:
        info.size = os.fstat(content.fileno()).st_size
        tar.addfile(info, content)


def _inside(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                found = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(found.st_mode):
                    waiting.append(Path(entry.path))
                elif not stat.S_ISREG(found.st_mode):
                    continue
                yield os.path.relpath(entry.path, folder), found
