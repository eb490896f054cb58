"""Internal API of the task service about attachments."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from joust_contracts.base import Command, Message, UtcDatetime
from joust_contracts.internal.common import Text


class AttachmentField(StrEnum):
    """Which part of a task a file belongs to (Straw document, ``POST /api/tasks/:id/attachments``)."""

    DESCRIPTION = "description"
    INPUT_SPEC = "input_spec"
    OUTPUT_SPEC = "output_spec"


class AttachmentForm(Command):
    """What comes beside the file."""

    field: AttachmentField
    description: Annotated[Text, StringConstraints(max_length=1000)] | None = None


class StoredAttachment(Message):
    """An attachment with a link to its content."""

    id: UUID
    field: AttachmentField
    filename: str
    file_size: int = Field(description="Bytes.")
    content_type: str
    sha256: str
    description: str | None
    download_url: str
    created_at: UtcDatetime


class Attachments(Message):
    """All attachments of a task, oldest first; there are few."""

    attachments: tuple[StoredAttachment, ...]


class Deleted(Message):
    """Something is gone."""

    id: UUID
    deleted: bool = True
