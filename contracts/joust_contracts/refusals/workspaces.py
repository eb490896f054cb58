"""Refusals about workspaces."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

NO_SUCH_VALUE = Refusal(404, ErrorCode.NOT_FOUND, "There is no value under this key in your workspace.")
NO_SUCH_FILE = Refusal(404, ErrorCode.NOT_FOUND, "There is no file at this path in your workspace.")
NOT_UPLOADED = Refusal(
    404,
    ErrorCode.NOT_FOUND,
    "Nothing was uploaded for this path. Get an upload URL, PUT the file to it, then finalize.",
)
"""Not while the URL worked, or it was finalized before."""
KEY_QUOTA_EXCEEDED = Refusal(
    409, ErrorCode.KEY_QUOTA_EXCEEDED, "Your workspace has as many keys as it may. Delete some first."
)
FILE_QUOTA_EXCEEDED = Refusal(
    409, ErrorCode.FILE_QUOTA_EXCEEDED, "Your workspace has as many files as it may. Delete some first."
)
BYTE_QUOTA_EXCEEDED = Refusal(
    409,
    ErrorCode.BYTE_QUOTA_EXCEEDED,
    "Your workspace would have more bytes than it may. Delete something first.",
)
VALUE_TOO_LARGE = Refusal(413, ErrorCode.FILE_TOO_LARGE, "The value is too large.")
FILE_TOO_LARGE = Refusal(413, ErrorCode.FILE_TOO_LARGE, "The file is too large.")
RANGE_NOT_SATISFIABLE = Refusal(
    416, ErrorCode.RANGE_NOT_SATISFIABLE, "The file has no such bytes; see details for its size."
)
