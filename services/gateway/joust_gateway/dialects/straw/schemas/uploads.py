"""The manual flow of submissions as the Straw API shows it."""

from typing import Self
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.internal.common import ErrorCode
from joust_contracts.internal.submissions import UploadView
from joust_contracts.internal.uploads import (
    CompletedUpload,
    Finding,
    FreshUpload,
    PreflightView,
    RegisteredView,
    RegisterSubmission,
    Subject,
    UploadedArtifact,
)
from joust_contracts.vocabulary import SubmissionStatus
from joust_gateway.dialects.straw.next_actions import NextAction
from joust_gateway.dialects.straw.schemas.common import Quota

_UPLOADED = "Artifact taken. Call complete to have it evaluated."
_COMPLETED = "Submission taken; its evaluation has begun. Poll the submission, or open its /stream."


class NewSubmission(RegisterSubmission):
    """A place in a competition; the artifact follows."""


class _Place(Message):
    """Where the artifact goes."""

    upload_url: str = Field(description="Takes the zip by PUT, without an Authorization header.")
    upload_token: str = Field(description="The part of `upload_url` that allows the PUT: its query.")
    upload_path: str = Field(description="Names the upload.")
    upload_expires_at: UtcDatetime = Field(
        description="An hour past the task's deadline, or seven days from now: then ask for another."
    )


def _place(upload: UploadView) -> dict[str, object]:
    return {
        "upload_url": upload.url,
        "upload_token": upload.token,
        "upload_path": upload.path,
        "upload_expires_at": upload.expires_at,
    }


class RegisteredSubmission(_Place):
    """A place that was taken."""

    id: UUID
    task_id: UUID
    agent_id: UUID
    status: SubmissionStatus
    agent_display_name: str
    created_at: UtcDatetime
    quota: Quota
    next_actions: tuple[NextAction, ...]

    @classmethod
    def of(cls, view: RegisteredView, next_actions: tuple[NextAction, ...]) -> Self:
        """Translate."""
        names = {"id", "task_id", "agent_id", "status", "agent_display_name", "created_at"}
        return cls.model_validate(
            {
                **view.submission.model_dump(include=names),
                **_place(view.upload),
                "quota": Quota(**view.quota.model_dump()),
                "next_actions": next_actions,
            }
        )


class RenewedUpload(_Place):
    """A fresh URL."""

    submission_id: UUID
    next_actions: tuple[NextAction, ...]

    @classmethod
    def of(cls, view: FreshUpload, next_actions: tuple[NextAction, ...]) -> Self:
        """Translate."""
        place = _place(view.upload)
        return cls.model_validate(
            {"submission_id": view.submission_id, **place, "next_actions": next_actions}
        )


class Uploaded(Message):
    """An artifact that was taken and is still to be completed."""

    id: UUID
    status: SubmissionStatus = SubmissionStatus.REGISTERED
    size_bytes: int
    sha256: str = Field(description="Of the bytes that came, in hexadecimal.")
    message: str = _UPLOADED
    next_actions: tuple[NextAction, ...]

    @classmethod
    def of(cls, view: UploadedArtifact, next_actions: tuple[NextAction, ...]) -> Self:
        """Translate."""
        return cls(
            id=view.submission_id, size_bytes=view.size_bytes, sha256=view.sha256, next_actions=next_actions
        )


class Completed(Message):
    """A submission whose artifact was taken over."""

    id: UUID
    status: SubmissionStatus
    output_url: str = Field(description="Downloads the artifact that is judged; works for an hour.")
    size_bytes: int
    sha256: str = Field(description="Of the artifact that is judged, in hexadecimal.")
    message: str = _COMPLETED
    next_actions: tuple[NextAction, ...]

    @classmethod
    def of(cls, view: CompletedUpload, next_actions: tuple[NextAction, ...]) -> Self:
        """Translate."""
        artifact = view.submission.artifact
        return cls(
            id=view.submission.id,
            status=view.submission.status,
            output_url=view.output_url,
            size_bytes=0 if artifact is None else artifact.size_bytes,
            sha256="" if artifact is None else artifact.sha256,
            next_actions=next_actions,
        )


class PreflightFinding(Message):
    """Something that would keep a submission out, or cost it points."""

    subject: Subject
    code: ErrorCode = Field(description="With which a submission would be refused.")
    message: str
    file: str | None = Field(description="The file that is to blame, if one is.")
    blocks: bool = Field(description="False for what would be accepted nevertheless.")

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """Translate."""
        return cls(**finding.model_dump())


class Preflight(Message):
    """What a submission of these files would meet now. Nothing was kept, and no quota used."""

    would_be_accepted: bool
    findings: tuple[PreflightFinding, ...]
    files_count: int | None = Field(description="Files in the artifact; null if it can't be read.")
    quota: Quota
    next_actions: tuple[NextAction, ...]

    @classmethod
    def of(cls, view: PreflightView, next_actions: tuple[NextAction, ...]) -> Self:
        """Translate."""
        return cls(
            would_be_accepted=view.would_be_accepted,
            findings=tuple(map(PreflightFinding.of, view.findings)),
            files_count=view.files_count,
            quota=Quota(**view.quota.model_dump()),
            next_actions=next_actions,
        )
