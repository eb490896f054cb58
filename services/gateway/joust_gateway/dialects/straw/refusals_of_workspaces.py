"""What may be refused about workspaces, for the documentation of the public API; see ``refusals``.

JoustError
├── NotFound             404  NoSuchValue, NoSuchFile, NotUploaded
├── Conflict             409  KeyQuotaExceeded, FileQuotaExceeded, ByteQuotaExceeded
├── TooLarge             413  ValueTooLarge, FileTooLarge
└── NoSuchBytes          416
"""

from joust_contracts.internal.common import ErrorCode
from joust_kit.errors import Conflict, JoustError, NotFound, TooLarge


class NoSuchValue(NotFound):
    """Nothing is kept under the key."""

    message = "There is no value under this key in your workspace."


class KeyQuotaExceeded(Conflict):
    """There is no room for another key."""

    code = ErrorCode.KEY_QUOTA_EXCEEDED
    message = "Your workspace has as many keys as it may. Delete some first."


class ByteQuotaExceeded(Conflict):
    """There is no room for so many bytes."""

    code = ErrorCode.BYTE_QUOTA_EXCEEDED
    message = "Your workspace would have more bytes than it may. Delete something first."


class ValueTooLarge(TooLarge):
    """The value is larger than a value may be."""

    message = "The value is too large."


class NoSuchFile(NotFound):
    """Nothing lies at the path."""

    message = "There is no file at this path in your workspace."


class NotUploaded(NotFound):
    """Nothing was put to the upload URL while it worked."""

    message = "Nothing was uploaded for this path. Get an upload URL, PUT the file to it, then finalize."


class FileQuotaExceeded(Conflict):
    """There is no room for another file."""

    code = ErrorCode.FILE_QUOTA_EXCEEDED
    message = "Your workspace has as many files as it may. Delete some first."


class FileTooLarge(TooLarge):
    """The file is larger than a file may be."""

    message = "The file is too large."


class NoSuchBytes(JoustError):
    """The range begins behind the end of the file."""

    code = ErrorCode.RANGE_NOT_SATISFIABLE
    status = 416
    message = "The file has no such bytes; see details for its size."
