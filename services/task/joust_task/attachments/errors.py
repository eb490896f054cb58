"""Refusals about attachments.

JoustError
├── NotFound             404  AttachmentNotFound
├── Conflict             409  TooManyAttachments
├── TooLarge             413  AttachmentTooLarge
└── UnsupportedType      415  UnsupportedAttachment: by its name or its content
"""

from joust_contracts.refusals import attachments
from joust_kit.errors import Conflict, NotFound, TooLarge, UnsupportedType


class AttachmentNotFound(NotFound, says=attachments.NO_SUCH_ATTACHMENT):
    """The task has no such attachment."""


class TooManyAttachments(Conflict, says=attachments.ATTACHMENT_LIMIT):
    """The task has as many as it may have."""


class AttachmentTooLarge(TooLarge, says=attachments.ATTACHMENT_TOO_LARGE):
    """More bytes than an attachment may have."""


class UnsupportedAttachment(UnsupportedType, says=attachments.UNSUPPORTED_ATTACHMENT):
    """Not one of the types that are taken, by its name or by its content."""
