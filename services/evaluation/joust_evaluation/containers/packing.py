"""A submission as a tar for the engine: what was checked in the zip, readable by all, writable by nobody."""

import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from joust_evaluation.containers.contract import OUTPUT_DIRECTORY, SUBMISSION_DIRECTORY
from joust_evaluation.judges.artifact import ArchiveLimits, opened_archive
from joust_evaluation.judges.directory import BadArchive, printable

_IN_MEMORY_BYTES = 1_000_000
_READABLE, _EXECUTABLE = 0o444, 0o555


def packed(artifact: BinaryIO, limits: ArchiveLimits, output_owner: int) -> BinaryIO:
    """A tar file, to be closed by the caller: the submission, and the output directory with its owner.

    Unpacks in pieces and to disk, so call it in a thread; memory stays flat. Raises ``BadArchive``.
    """
    file = cast("BinaryIO", SpooledTemporaryFile(_IN_MEMORY_BYTES))  # noqa: SIM115 - the caller closes it
    try:
        with (
            opened_archive(artifact, limits) as (archive, files),
            tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            tar.addfile(_directory(OUTPUT_DIRECTORY, 0o700, output_owner))
            tar.addfile(_directory(SUBMISSION_DIRECTORY, _EXECUTABLE))
            _add(archive, files, tar)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def _add(archive: zipfile.ZipFile, files: Sequence[zipfile.ZipInfo], tar: tarfile.TarFile) -> None:
    folders = {str(each) for file in files for each in PurePosixPath(file.filename).parents} - {"."}
    for folder in sorted(folders):
        tar.addfile(_directory(f"{SUBMISSION_DIRECTORY}/{folder}", _EXECUTABLE))
    for file in files:
        if file.filename in folders:
            raise BadArchive(f"'{printable(file.filename)}' is a file and a folder.")
        with archive.open(file) as content:
            tar.addfile(_file(file), content)


def _file(entry: zipfile.ZipInfo) -> tarfile.TarInfo:
    info = tarfile.TarInfo(f"{SUBMISSION_DIRECTORY}/{entry.filename}".removeprefix("/"))
    info.size = entry.file_size
    info.mode = _EXECUTABLE if (entry.external_attr >> 16) & 0o100 else _READABLE
    return info


def _directory(path: str, mode: int, owner: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(path.removeprefix("/"))
    info.type, info.mode, info.uid, info.gid = tarfile.DIRTYPE, mode, owner, owner
    return info
