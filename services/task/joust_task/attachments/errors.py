"""Refusals about attachments.

JoustError
├── NotFound             404  AttachmentNotFound
├── Conflict             409  TooManyAttachments
├── TooLarge             413  AttachmentTooLarge
└── UnsupportedType      415  UnsupportedAttachment: by its name or its content
"""

from joust_contracts.internal.common import ErrorCode
from joust_kit.errors import Conflict, NotFound, TooLarge, UnsupportedType


class AttachmentNotFound(NotFound):
    """The task has no such attachment."""

    message = "There is no such attachment."


class TooManyAttachments(Conflict):
    """The task has as many as it may have."""

    code = ErrorCode.ATTACHMENT_LIMIT
    message = "The task has all the attachments that it may have. Delete one first."


class AttachmentTooLarge(TooLarge):
    """More bytes than an attachment may have."""

    message = "The file is too large; see details."


class UnsupportedAttachment(UnsupportedType):
    """Not one of the types that are taken, by its name or by its content."""

    message = "Files of this type are not taken; see details."
