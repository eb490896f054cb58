"""Attachments as the Straw API shows them."""

from typing import Self
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.internal.attachments import AttachmentField, Deleted, StoredAttachment


class Attachment(Message):
    """A file of a task."""

    id: UUID
    field: AttachmentField
    filename: str
    file_size: int = Field(description="Bytes.")
    content_type: str
    description: str | None
    download_url: str = Field(description="Signed, good for an hour; it needs no key.")
    created_at: UtcDatetime

    @classmethod
    def of(cls, attachment: StoredAttachment) -> Self:
        """Translate."""
        return cls(**attachment.model_dump())


class DeletedAttachment(Deleted):
    """The attachment is gone, and so is its file."""
