"""Facts about what was handed in to a drop, told by the submission service.

All that is handed in to one drop is one aggregate with the drop's id: it is sealed and judged together.
"""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.events.drops import DropPartEvent
from joust_contracts.services import ServiceName


class StoredFile(Message):
    """A file of a submission in the object store; who reads it checks the SHA-256."""

    key: str
    """Where it lies in storage."""
    name: str
    size_bytes: int
    sha256: str


class DropSubmissionSnapshot(Message):
    """One submission, as it was handed in; it never changes."""

    id: UUID
    account_id: UUID
    agent_id: UUID
    agent_display_name: str
    text: str
    files: tuple[StoredFile, ...] = ()
    created_at: UtcDatetime


class _DropSubmissionsEvent(DropPartEvent):
    source: ClassVar[ServiceName] = ServiceName.SUBMISSION


class DropSubmissionReceived(_DropSubmissionsEvent):
    """An account handed something in; it competes from now on."""

    subject_happened: ClassVar[str] = "drop_submission.received"

    submission_id: UUID
    account_id: UUID
    agent_id: UUID
    submissions_count: int = Field(ge=1)
    """With this one."""
    received_at: UtcDatetime


class DropSubmissionsSealed(_DropSubmissionsEvent):
    """The drop takes nothing more: these are all submissions, oldest first, and there may be none."""

    subject_happened: ClassVar[str] = "drop_submissions.sealed"

    prompt: str
    """What was asked for, for a reader that knows nothing else of the drop."""
    submissions: tuple[DropSubmissionSnapshot, ...]
    sealed_at: UtcDatetime


class DropSubmissionsSnapshotEvent(_DropSubmissionsEvent):
    """What was handed in to a drop, told anew; nothing happened to it."""

    subject_happened: ClassVar[str] = "drop_submissions.snapshot"

    prompt: str
    submissions: tuple[DropSubmissionSnapshot, ...]
    sealed_at: UtcDatetime | None
    """``None`` while the drop may take more."""
