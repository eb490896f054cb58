"""Refusals about files of tasks."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

NO_SUCH_ATTACHMENT = Refusal(404, ErrorCode.NOT_FOUND, "There is no such attachment.")
ATTACHMENT_LIMIT = Refusal(
    409, ErrorCode.ATTACHMENT_LIMIT, "The task has all the attachments that it may have. Delete one first."
)
ATTACHMENT_TOO_LARGE = Refusal(413, ErrorCode.FILE_TOO_LARGE, "The file is too large; see details.")
UNSUPPORTED_ATTACHMENT = Refusal(
    415, ErrorCode.UNSUPPORTED_FILE_TYPE, "Files of this type are not taken; see details."
)
"""By its name or by its content."""
