"""Refusals of archives. Each names its flaw, and the file where one is to blame.

JoustError
├── TooLarge             413  ArtifactTooLarge
├── UnsupportedType      415  NotAnArchive
├── Conflict             409  SubmissionMdMissing
└── Invalid              422  UnacceptableArchive, UnacceptableFiles: names or contents that can't be in one
"""

from enum import StrEnum

from pydantic import JsonValue

from joust_contracts.refusals import submissions, uploads
from joust_kit.errors import Conflict, Invalid, TooLarge, UnsupportedType


class Flaw(StrEnum):
    """What is wrong with an archive; a stable name, and what to do about it in ``REMEDIES``."""

    TRUNCATED = "truncated"
    AMBIGUOUS = "ambiguous"
    FOREIGN_BYTES = "foreign_bytes"
    MANY_DISKS = "many_disks"
    BROKEN_DIRECTORY = "broken_directory"
    TOO_MANY_FILES = "too_many_files"
    DIRECTORY_TOO_LARGE = "directory_too_large"
    DUPLICATE = "duplicate"
    NAME_NOT_UTF8 = "name_not_utf8"
    TWO_NAMES = "two_names"
    ENCRYPTED = "encrypted"
    METHOD = "method"
    VERSION = "version"
    LINK = "link"
    SPECIAL_FILE = "special_file"
    RATIO = "ratio"
    OVERLAP = "overlap"
    HEADERS_DIFFER = "headers_differ"
    SIZE_LIES = "size_lies"
    BAD_CRC = "bad_crc"
    NOT_DEFLATE = "not_deflate"
    NESTED = "nested"


REMEDIES: dict[Flaw, str] = {
    Flaw.TRUNCATED: "The zip file is cut off or damaged. Pack and upload it again.",
    Flaw.AMBIGUOUS: "The zip file can be read in two ways. Pack it anew, without a comment.",
    Flaw.FOREIGN_BYTES: "The zip file holds bytes that belong to no file in it. Pack it anew.",
    Flaw.MANY_DISKS: "The zip file is split over several files. Pack one whole file.",
    Flaw.BROKEN_DIRECTORY: "The list of files in the zip file is damaged. Pack it anew with a common tool.",
    Flaw.TOO_MANY_FILES: "The zip file has too many files; leave out what tools can make again.",
    Flaw.DIRECTORY_TOO_LARGE: "Names and comments in the zip file take too much room.",
    Flaw.DUPLICATE: "Two files in the zip file have the same name. Keep one.",
    Flaw.NAME_NOT_UTF8: "A name in the zip file says that it is UTF-8 and is not.",
    Flaw.TWO_NAMES: "A file in the zip file has two different names.",
    Flaw.ENCRYPTED: "A file in the zip file is encrypted. Pack without a password.",
    Flaw.METHOD: "A file in the zip file is packed by another method than store or deflate.",
    Flaw.VERSION: "A file in the zip file asks for a newer form of zip than 6.3. Pack it with a common tool.",
    Flaw.LINK: "The zip file holds a link. Pack plain files only.",
    Flaw.SPECIAL_FILE: "The zip file holds a device, a pipe or a socket. Pack plain files only.",
    Flaw.RATIO: "A file in the zip file unpacks to more than 200 times its packed size.",
    Flaw.OVERLAP: "Two files in the zip file share the same bytes.",
    Flaw.HEADERS_DIFFER: "The zip file says two different things about one file. Pack it anew.",
    Flaw.SIZE_LIES: "A file in the zip file has another size than the zip file says.",
    Flaw.BAD_CRC: "A file in the zip file is damaged: its checksum is wrong. Pack and upload it again.",
    Flaw.NOT_DEFLATE: "A file in the zip file can't be unpacked. Pack and upload it again.",
    Flaw.NESTED: "An archive lies in the zip file. Pack its files themselves.",
}


class ArtifactTooLarge(TooLarge, says=submissions.ARTIFACT_TOO_LARGE):
    """All files together are more than a submission may have."""


class UnacceptableFiles(Invalid):
    """Some files can't be packed; ``details`` names each with the reason."""

    message = "Some files can't be accepted; see details."


class UnacceptableArchive(Invalid, says=uploads.UNACCEPTABLE_ARCHIVE):
    """The archive is malformed or dangerous; ``details`` has the flaw and, if one is to blame, the file."""

    def __init__(self, flaw: Flaw = Flaw.TRUNCATED, file: str | None = None, /, **details: JsonValue) -> None:
        named: dict[str, JsonValue] = {} if file is None else {"file": printable(file)}
        super().__init__(REMEDIES[flaw], flaw=flaw.value, **named, **details)
        self.flaw = flaw


class NotAnArchive(UnsupportedType, says=uploads.NOT_AN_ARCHIVE):
    """The bytes are no zip file at all."""


class SubmissionMdMissing(Conflict, says=uploads.SUBMISSION_MD_MISSING):
    """There is no SUBMISSION.md at the root, or it lacks sections; ``details`` says which."""


_MAX_SHOWN = 200


def printable(name: str) -> str:
    """A stranger's name as it can stand in an answer."""
    shown = "".join(character if character.isprintable() else "?" for character in name)
    return shown if len(shown) <= _MAX_SHOWN else f"{shown[: _MAX_SHOWN - 1]}…"
