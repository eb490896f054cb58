"""Internal API of submissions whose artifact their agent brings by itself, and of the check beforehand."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from joust_contracts.base import Command, Message, UtcDatetime
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.internal.common import ErrorCode, Text
from joust_contracts.internal.submissions import QuotaView, UploadView


class RegisterSubmission(Command):
    """Take a place; the artifact follows. Source: Straw document, ``POST /api/v1/tasks/:id/submissions``."""

    agent_display_name: Annotated[Text, StringConstraints(min_length=1, max_length=100)] | None = None


class RegisteredView(Message):
    """Answer to a submission that was registered."""

    submission: SubmissionSnapshot
    quota: QuotaView
    upload: UploadView


class FreshUpload(Message):
    """Where the artifact can be put from now on."""

    submission_id: UUID
    upload: UploadView


class UploadedArtifact(Message):
    """An artifact that was taken and is still to be completed."""

    submission_id: UUID
    size_bytes: int
    sha256: str
    received_at: UtcDatetime


class CompletedUpload(Message):
    """Answer to a submission whose artifact was taken over."""

    submission: SubmissionSnapshot
    output_url: str
    """Works for an hour."""


class Subject(StrEnum):
    """What a finding is about."""

    TASK = "task"
    QUOTA = "quota"
    SUBMISSION = "submission"
    ARTIFACT = "artifact"


class Finding(Message):
    """Something that would keep a submission out, or, if it does not block, cost it points."""

    subject: Subject
    code: ErrorCode
    """The code with which a submission would be refused."""
    message: str
    file: str | None = None
    blocks: bool = True


class PreflightView(Message):
    """What a submission of these bytes would meet now; nothing was kept and no quota used."""

    would_be_accepted: bool
    findings: tuple[Finding, ...]
    files_count: int | None
    """Files in the artifact, if it can be read."""
    quota: QuotaView
