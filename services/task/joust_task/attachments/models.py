"""The table of attachments."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from joust_contracts.internal.attachments import AttachmentField, StoredAttachment
from joust_kit.database.columns import long_text, moment, one_of, word
from joust_task.base import Base
from joust_task.files.keys import FileKey, FileKind


class Attachment(Base, table=True):
    """A file of a task; its bytes lie in the object store under a key made of both ids."""

    __tablename__ = "attachments"
    __table_args__ = (
        CheckConstraint(one_of("field", AttachmentField), name="field"),
        CheckConstraint("file_size > 0", name="not_empty"),
        # serves the list of a task's attachments and their count
        Index("ix_attachments_task", "task_id", "created_at", "id"),
    )

    id: UUID = Field(primary_key=True)
    task_id: UUID = Field(foreign_key="task.tasks.id")
    field: AttachmentField = word(AttachmentField)
    filename: str = long_text()
    content_type: str = long_text()
    file_size: int
    sha256: str = long_text()
    description: str | None = long_text(nullable=True)
    created_at: datetime = moment()

    @property
    def key(self) -> FileKey:
        """Where its bytes lie."""
        return FileKey(self.task_id, FileKind.ATTACHMENT, self.id)

    def view(self, download_url: str) -> StoredAttachment:
        """The attachment as answers show it."""
        return StoredAttachment(download_url=download_url, **self.model_dump(exclude={"task_id"}))
