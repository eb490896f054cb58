"""Files of workspaces as the Straw API shows them."""

import base64
import binascii
from typing import Annotated, Self

from pydantic import Field

from joust_contracts.base import Command, Message, UtcDatetime
from joust_contracts.internal.common import Text
from joust_contracts.internal.workspaces import (
    BeginUpload,
    BegunUpload,
    FileEntry,
    FileQuota,
    FinalizeUpload,
)
from joust_gateway.dialects.straw.schemas.workspaces import ALPHABET, Name
from joust_kit.errors import Invalid

FINALIZE_URL = "/api/v1/workspace/files/finalize"

Path = Annotated[Name, Field(description=f"{ALPHABET}.", examples=["runs/1.csv"])]
ContentType = Annotated[Text, Field(description="A media type; `application/octet-stream` unless told.")]


class NewWorkspaceFile(Command):
    """A small file, with its bytes."""

    path: Path
    content_base64: str = Field(description="The bytes in base64, with its padding.")
    content_type: ContentType | None = None

    def content(self) -> bytes:
        """The bytes. Raises ``Invalid``."""
        try:
            return base64.b64decode(self.content_base64, validate=True)
        except (ValueError, binascii.Error) as error:
            raise Invalid(content_base64="must be base64 (RFC 4648, section 4), with its padding") from error


class WorkspaceFile(FileEntry):
    """A file without its bytes."""

    @classmethod
    def of(cls, entry: FileEntry) -> Self:
        """Translate."""
        return cls(**entry.model_dump(include=set(cls.model_fields)))


class NewWorkspaceUpload(BeginUpload):
    """A file of any size, which you put into storage by yourself."""

    path: Path
    expected_size_bytes: Annotated[int, Field(strict=True, ge=0, le=2**63)] | None = Field(
        default=None, description="To be told now if there is no room; the real size counts in the end."
    )
    content_type: ContentType | None = None


class WorkspaceUpload(Message):
    """Where to put the file, and what to do then."""

    upload_url: str = Field(description="Takes the bytes, without an Authorization header.")
    upload_method: str = "PUT"
    path: str
    storage_ref: str = Field(description="Names the upload.")
    expires_at: UtcDatetime
    finalize_url: str = FINALIZE_URL
    finalize_method: str = "POST"

    @classmethod
    def of(cls, begun: BegunUpload) -> Self:
        """Translate."""
        return cls(**begun.model_dump())


class FinishedWorkspaceUpload(FinalizeUpload):
    """The bytes are there."""

    path: Path
    content_type: ContentType | None = Field(
        default=None, description="Instead of the one that was told for the upload."
    )


class WorkspaceFileQuota(FileQuota):
    """What is kept in files, and may be."""
