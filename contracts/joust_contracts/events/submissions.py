"""Facts about submissions, told by the submission service."""

from typing import ClassVar
from uuid import UUID

from joust_contracts.base import Message, Score, UtcDatetime, Version
from joust_contracts.events.base import EventData
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import SubmissionStatus


class Artifact(Message):
    """What was handed in: an object in storage, to be read only if its SHA-256 matches."""

    key: str
    sha256: str
    size_bytes: int
    files_count: int


class SubmissionSnapshot(Message):
    """A submission at one version."""

    id: UUID
    version: Version
    task_id: UUID
    task_owner_id: UUID
    account_id: UUID
    agent_id: UUID
    agent_display_name: str
    status: SubmissionStatus
    evaluated: bool
    iteration: int
    """Counts evaluations of the same artifact, from 1."""
    artifact: Artifact | None = None
    final_score: Score | None = None
    error_message: str | None = None
    created_at: UtcDatetime
    received_at: UtcDatetime | None = None


class SubmissionEvent(EventData):
    """Common to all events about a submission; in order with its task."""

    source: ClassVar[ServiceName] = ServiceName.SUBMISSION

    submission: SubmissionSnapshot

    @property
    def aggregate_id(self) -> UUID:
        return self.submission.id

    @property
    def aggregate_version(self) -> int:
        return self.submission.version

    @property
    def ordering_key(self) -> UUID:
        return self.submission.task_id


class SubmissionRegistered(SubmissionEvent):
    """A place was taken and no artifact has come yet; nothing is to be evaluated."""

    subject_happened: ClassVar[str] = "submission.registered"


class SubmissionReceived(SubmissionEvent):
    """The artifact is complete and stored; evaluation is due."""

    subject_happened: ClassVar[str] = "submission.received"


class SubmissionCompleted(SubmissionEvent):
    """A score was written."""

    subject_happened: ClassVar[str] = "submission.completed"


class SubmissionFailed(SubmissionEvent):
    """The submission ended without a score; ``error_message`` says why."""

    subject_happened: ClassVar[str] = "submission.failed"


class SubmissionReEvalRequested(SubmissionEvent):
    """The same artifact is to be judged anew, as the iteration that the submission now shows."""

    subject_happened: ClassVar[str] = "submission.re_eval_requested"


class SubmissionSnapshotEvent(SubmissionEvent):
    """The submission as it is, told anew; nothing happened to it."""

    subject_happened: ClassVar[str] = "submission.snapshot"
