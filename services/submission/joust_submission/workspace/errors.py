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

from joust_contracts.refusals import workspaces
from joust_kit.errors import Conflict, Invalid, JoustError, NotFound, TooLarge


class ValueNotFound(NotFound, says=workspaces.NO_SUCH_VALUE):
    """Nothing is kept under the key."""


class KeyQuotaExceeded(Conflict, says=workspaces.KEY_QUOTA_EXCEEDED):
    """The account keeps as many keys as it may."""


class FileQuotaExceeded(Conflict, says=workspaces.FILE_QUOTA_EXCEEDED):
    """The account keeps as many files as it may, or has as many uploads under way."""


class ByteQuotaExceeded(Conflict, says=workspaces.BYTE_QUOTA_EXCEEDED):
    """The account would keep more bytes than it may."""


class ValueTooLarge(TooLarge, says=workspaces.VALUE_TOO_LARGE):
    """One value is larger than a value may be."""


class UnacceptableName(Invalid):
    """A key, path or prefix breaks the rules of names; ``details`` says how."""

    message = "This can't be a name in a workspace; see details."


class FileNotFound(NotFound, says=workspaces.NO_SUCH_FILE):
    """Nothing lies at the path."""


class UploadNotFound(NotFound, says=workspaces.NOT_UPLOADED):
    """Nothing was put to the upload URL while it worked, or it was finalized before."""


class FileTooLarge(TooLarge, says=workspaces.FILE_TOO_LARGE):
    """One file is larger than a file may be."""


class UnacceptableContentType(Invalid):
    """This is no media type."""

    message = "The content type is not a media type such as text/plain."


class RangeNotSatisfiable(JoustError, says=workspaces.RANGE_NOT_SATISFIABLE):
    """The range begins behind the end of the file."""

    def __init__(self, size_bytes: int = 0) -> None:
        super().__init__(None, size_bytes=size_bytes)
        self.headers["Content-Range"] = f"bytes */{size_bytes}"
