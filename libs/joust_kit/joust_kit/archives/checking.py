"""Checks an archive as a whole: the one door for zip files of strangers."""

from dataclasses import dataclass
from typing import BinaryIO

from joust_kit.archives.contents import Contents
from joust_kit.archives.directory import read_directory, size_of
from joust_kit.archives.entries import ArchiveLimits, check_entries
from joust_kit.archives.errors import ArtifactTooLarge, SubmissionMdMissing
from joust_kit.archives.names import SUBMISSION_MD
from joust_kit.archives.submission_md import missing_sections

_MAX_SUBMISSION_MD_BYTES = 1_000_000


@dataclass(frozen=True)
class CheckedArchive:
    """What is in an archive in which nothing was found amiss."""

    names: tuple[str, ...]
    """Of its files, without folders."""


def check_archive(file: BinaryIO, limits: ArchiveLimits) -> CheckedArchive:
    """Everything that a submission's archive must be, in the order of what it costs to find out.

    Takes processor time, so call it in a thread; memory stays flat whatever the archive says. Raises
    ``NotAnArchive``, ``UnacceptableArchive``, ``UnacceptableFiles``, ``ArtifactTooLarge`` or
    ``SubmissionMdMissing``.
    """
    entries, directory_at = read_directory(file, size_of(file), limits)
    if not entries:
        raise SubmissionMdMissing(archive="is empty")
    check_entries(entries, limits)
    names = tuple(each.name for each in entries if not each.is_folder)
    contents = Contents(file, entries, directory_at)
    described = contents.check(SUBMISSION_MD, _MAX_SUBMISSION_MD_BYTES)
    _check_description(described, names)
    return CheckedArchive(names)


def _check_description(described: bytes | None, names: tuple[str, ...]) -> None:
    if described is None:
        elsewhere = next((name for name in names if name.endswith(f"/{SUBMISSION_MD}")), None)
        where = (
            "must lie at the root" if elsewhere is None else f"lies at '{elsewhere}'; it must lie at the root"
        )
        raise SubmissionMdMissing(**{SUBMISSION_MD: where})
    if len(described) > _MAX_SUBMISSION_MD_BYTES:
        raise ArtifactTooLarge(**{SUBMISSION_MD: f"must have at most {_MAX_SUBMISSION_MD_BYTES} bytes"})
    try:
        missing = missing_sections(described.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SubmissionMdMissing(**{SUBMISSION_MD: "must be text in UTF-8"}) from error
    if missing:
        raise SubmissionMdMissing(missing_sections=list(missing))
