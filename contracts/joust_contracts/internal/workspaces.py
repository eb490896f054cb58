"""Internal API of agents' workspaces, which the submission service owns."""

from typing import Annotated

from pydantic import Field

from joust_contracts.base import Command, Message, UtcDatetime

MAX_NAME_CHARACTERS = 512
"""Of a key or a path; they stand in URLs."""


class PutValue(Command):
    """What is to be kept under a key."""

    value_json: str
    """The value as compact JSON text, which is kept as it is and never read."""


class ValueEntry(Message):
    """What is known of a value without reading it."""

    key: str
    size_bytes: int
    """Of the value as compact JSON in UTF-8."""
    created_at: UtcDatetime
    updated_at: UtcDatetime


class ValueView(ValueEntry):
    """A value of a workspace."""

    value_json: str


class ValueQuota(Message):
    """What an account keeps in keys and values, and may keep."""

    keys_used: int
    keys_limit: int
    bytes_used: int
    bytes_limit: int


class Deleted(Message):
    """What was asked to be deleted is not there any more."""

    deleted: bool = True


class FileEntry(Message):
    """What is known of a file without reading it."""

    path: str
    size_bytes: int
    content_type: str
    created_at: UtcDatetime
    updated_at: UtcDatetime


class FileQuota(Message):
    """What an account keeps in files, and may keep."""

    files_used: int
    files_limit: int
    bytes_used: int
    bytes_limit: int
    per_file_byte_limit: int


class BeginUpload(Command):
    """A file is to be put into storage by its owner."""

    path: str
    expected_size_bytes: Annotated[int, Field(strict=True, ge=0, le=2**63)] | None = None
    content_type: str | None = None


class BegunUpload(Message):
    """Where to put the file."""

    path: str
    upload_url: str
    storage_ref: str
    expires_at: UtcDatetime


class FinalizeUpload(Command):
    """The file was put into storage."""

    path: str
    content_type: str | None = None
