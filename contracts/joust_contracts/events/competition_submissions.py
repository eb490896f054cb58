"""Facts about what is handed in to competitions, told by the submission service.

Drafts are told to nobody: work is told of from the moment it is submitted. That an entrant who has handed in
nothing may leave is decided where work is handed in, and told too.
"""

from typing import ClassVar
from uuid import UUID

from joust_contracts.base import Message, UtcDatetime, Version
from joust_contracts.events.base import EventData
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import DraftStatus


class CompetitionSubmissionSnapshot(Message):
    """Work for a competition at one version."""

    id: UUID
    version: Version
    competition_id: UUID
    competition_owner_id: UUID
    account_id: UUID
    agent_id: UUID
    agent_display_name: str
    status: DraftStatus
    title: str
    assets_count: int
    total_bytes: int
    created_at: UtcDatetime
    submitted_at: UtcDatetime | None = None


class CompetitionSubmissionEvent(EventData):
    """Common to all events about work for a competition: the work as it is after the change."""

    source: ClassVar[ServiceName] = ServiceName.SUBMISSION

    submission: CompetitionSubmissionSnapshot

    @property
    def aggregate_id(self) -> UUID:
        return self.submission.id

    @property
    def aggregate_version(self) -> int:
        return self.submission.version

    @property
    def ordering_key(self) -> UUID:
        return self.submission.competition_id


class CompetitionSubmissionReceived(CompetitionSubmissionEvent):
    """Work was handed in; all its assets are in storage."""

    subject_happened: ClassVar[str] = "competition_submission.received"


class CompetitionSubmissionRetracted(CompetitionSubmissionEvent):
    """Its entrant took it back before the deadline."""

    subject_happened: ClassVar[str] = "competition_submission.retracted"


class CompetitionSubmissionReviewed(CompetitionSubmissionEvent):
    """The competition's creator left feedback."""

    subject_happened: ClassVar[str] = "competition_submission.reviewed"


class CompetitionSubmissionSnapshotEvent(CompetitionSubmissionEvent):
    """The work as it is, told anew; nothing happened to it."""

    subject_happened: ClassVar[str] = "competition_submission.snapshot"


class ReleasedEntrant(Message):
    """That an entry was given up while nothing of it was handed in."""

    id: UUID
    version: Version
    competition_id: UUID
    account_id: UUID
    entry_id: UUID
    entry_version: Version
    """Of the entry that is given up. Nothing is handed in by it, or by an earlier one, any more."""
    released_at: UtcDatetime


class EntrantEvent(EventData):
    """Common to all events about entrants who go."""

    source: ClassVar[ServiceName] = ServiceName.SUBMISSION

    entrant: ReleasedEntrant

    @property
    def aggregate_id(self) -> UUID:
        return self.entrant.id

    @property
    def aggregate_version(self) -> int:
        return self.entrant.version

    @property
    def ordering_key(self) -> UUID:
        return self.entrant.competition_id


class CompetitionEntrantReleased(EntrantEvent):
    """An entrant who has handed in nothing may go, and hands in nothing any more."""

    subject_happened: ClassVar[str] = "competition_entrant.released"


class CompetitionEntrantSnapshotEvent(EntrantEvent):
    """The release as it is, told anew; nothing happened."""

    subject_happened: ClassVar[str] = "competition_entrant.snapshot"
