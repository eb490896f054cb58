"""The tables of workspaces."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, UniqueConstraint
from sqlmodel import Field

from joust_contracts.events.drop_submissions import StoredFile
from joust_kit.database.columns import cents as big_number
from joust_kit.database.columns import long_text, moment, one_of
from joust_submission.base import Base
from joust_submission.workspace.files.keys import key_of_file
from joust_submission.workspace.rules import Amount


class Kind(StrEnum):
    """What is counted apart."""

    VALUES = "values"
    FILES = "files"


def _name() -> "Column[str]":
    # By bytes, so that one index serves order, pages and prefixes.
    return Column(Text(collation="C"), primary_key=True)


class Usage(Base, table=True):
    """How much an account keeps. Whoever changes its workspace locks this row first."""

    __tablename__ = "workspace_usage"
    __table_args__ = (
        CheckConstraint(one_of("kind", Kind), name="kind"),
        CheckConstraint("entries >= 0 AND bytes >= 0", name="not_negative"),
        CheckConstraint("entries > 0 OR bytes = 0", name="nothing_has_no_bytes"),
    )

    account_id: UUID = Field(primary_key=True)
    kind: Kind = Field(sa_column=Column(Text, primary_key=True))
    entries: int
    bytes: int = big_number()

    @property
    def amount(self) -> Amount:
        """What is used."""
        return Amount(self.entries, self.bytes)

    def grow(self, by: Amount) -> None:
        """Count what was put or, negative, removed."""
        self.entries += by.entries
        self.bytes += by.bytes


class Value(Base, table=True):
    """JSON text under a key, kept as it came."""

    __tablename__ = "workspace_values"
    __table_args__ = (CheckConstraint("size_bytes > 0", name="has_bytes"),)

    account_id: UUID = Field(primary_key=True)
    key: str = Field(sa_column=_name())
    value_json: str = long_text()
    size_bytes: int
    created_at: datetime = moment()
    updated_at: datetime = moment()


class File(Base, table=True):
    """A file at a path; its bytes lie in storage, under a name that is made here."""

    __tablename__ = "workspace_files"
    __table_args__ = (
        # serves the sweep, which looks objects up by the ids in their keys
        UniqueConstraint("object_id"),
        CheckConstraint("size_bytes >= 0", name="size_not_negative"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
    )

    account_id: UUID = Field(primary_key=True)
    path: str = Field(sa_column=_name())
    object_id: UUID
    upload_id: UUID | None = None
    """The upload by which it came, if it came by one; ``storage_ref`` names it."""
    size_bytes: int
    sha256: str = long_text()
    content_type: str = long_text()
    created_at: datetime = moment()
    updated_at: datetime = moment()


class Upload(Base, table=True):
    """A presigned URL that was given out for a path, until it is finalized or expires."""

    __tablename__ = "workspace_uploads"
    __table_args__ = (
        # serves the sweep: which uploads are over, and which objects belong to one that is not
        Index("ix_workspace_uploads_expiry", "expires_at"),
        UniqueConstraint("object_id"),
    )

    account_id: UUID = Field(primary_key=True)
    path: str = Field(sa_column=_name())
    object_id: UUID
    content_type: str | None = long_text(nullable=True)
    created_at: datetime = moment()
    expires_at: datetime = moment()


class PinnedFile(Base, table=True):
    """A workspace's file that belongs to a drop or to a submission, and stays when its owner replaces it."""

    __tablename__ = "pinned_files"
    __table_args__ = (
        # serves the sweep and whoever removes a file
        Index("ix_pinned_files_object", "object_id"),
        CheckConstraint("size_bytes >= 0", name="size_not_negative"),
    )

    holder_id: UUID = Field(primary_key=True)
    """The submission, or the drop whose prompt it goes with."""
    position: int = Field(primary_key=True)
    account_id: UUID
    object_id: UUID
    storage_ref: str = long_text()
    name: str = long_text()
    size_bytes: int = big_number()
    sha256: str = long_text()
    content_type: str = long_text()

    @property
    def key(self) -> str:
        """Where it lies in storage."""
        return key_of_file(self.account_id, self.object_id)

    def stored(self) -> StoredFile:
        """The file as events show it."""
        return StoredFile(key=self.key, name=self.name, size_bytes=self.size_bytes, sha256=self.sha256)
