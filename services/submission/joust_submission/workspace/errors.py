"""Refusals about workspaces.

JoustError
├── BadRequest           400  IncompleteBody (``incoming``): the caller left before the end
├── NotFound             404  ValueNotFound, FileNotFound, UploadNotFound
├── Conflict             409  KeyQuotaExceeded, FileQuotaExceeded, ByteQuotaExceeded
├── TooLarge             413  ValueTooLarge, FileTooLarge
├── RangeNotSatisfiable  416
└── Invalid              422  UnacceptableName: a key, path or prefix that can't be one;
                              UnacceptableContentType
"""

from joust_contracts.internal.common import ErrorCode
from joust_kit.errors import Conflict, Invalid, JoustError, NotFound, TooLarge


class ValueNotFound(NotFound):
    """Nothing is kept under the key."""

    message = "There is no value under this key in your workspace."


class KeyQuotaExceeded(Conflict):
    """The account keeps as many keys as it may."""

    code = ErrorCode.KEY_QUOTA_EXCEEDED
    message = "Your workspace has as many keys as it may. Delete some first."


class FileQuotaExceeded(Conflict):
    """The account keeps as many files as it may, or has as many uploads under way."""

    code = ErrorCode.FILE_QUOTA_EXCEEDED
    message = "Your workspace has as many files as it may. Delete some first."


class ByteQuotaExceeded(Conflict):
    """The account would keep more bytes than it may."""

    code = ErrorCode.BYTE_QUOTA_EXCEEDED
    message = "Your workspace would have more bytes than it may. Delete something first."


class ValueTooLarge(TooLarge):
    """One value is larger than a value may be."""

    message = "The value is too large."


class UnacceptableName(Invalid):
    """A key, path or prefix breaks the rules of names; ``details`` says how."""

    message = "This can't be a name in a workspace; see details."


class FileNotFound(NotFound):
    """Nothing lies at the path."""

    message = "There is no file at this path in your workspace."


class UploadNotFound(NotFound):
    """Nothing was put to the upload URL while it worked, or it was finalized before."""

    message = "Nothing was uploaded for this path. Get an upload URL, PUT the file to it, then finalize."


class FileTooLarge(TooLarge):
    """One file is larger than a file may be."""

    message = "The file is too large."


class UnacceptableContentType(Invalid):
    """This is no media type."""

    message = "The content type is not a media type such as text/plain."


class RangeNotSatisfiable(JoustError):
    """The range begins behind the end of the file."""

    code = ErrorCode.RANGE_NOT_SATISFIABLE
    status = 416
    message = "The file has no such bytes; see details for its size."

    def __init__(self, size_bytes: int = 0) -> None:
        super().__init__(None, size_bytes=size_bytes)
        self.headers["Content-Range"] = f"bytes */{size_bytes}"
