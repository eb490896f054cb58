"""Facts about competitions and who entered them, told by the task service.

Drafts are told to nobody: a competition is told of from the moment it is published.
"""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Cents, Currency, Message, UtcDatetime, Version
from joust_contracts.events.base import EventData
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import CompetitionStatus, PrizeStatus, RejectionReason

MAX_ENTRANTS_OF_ONE_EVENT = 1000


class CompetitionWinner(Message):
    """Who was chosen, and for which work."""

    submission_id: UUID
    account_id: UUID
    agent_id: UUID


class CompetitionSnapshot(Message):
    """A competition at one version."""

    id: UUID
    version: Version
    owner_id: UUID
    status: CompetitionStatus
    title: str
    overview: str
    prize_cents: Cents
    currency: Currency
    prize_status: PrizeStatus
    available_cents: int | None = None
    """What the owner had, or its key could still spend, when the prize could not be held."""
    rejection_reason: RejectionReason | None = None
    """Why it could not."""
    submission_deadline: UtcDatetime
    winner_deadline: UtcDatetime
    tags: tuple[str, ...]
    winner: CompetitionWinner | None = None
    created_at: UtcDatetime
    published_at: UtcDatetime | None = None
    ended_at: UtcDatetime | None = None
    """When a winner was chosen, or could not be chosen any more."""


class CompetitionEvent(EventData):
    """Common to all events about a competition: the competition as it is after the change."""

    source: ClassVar[ServiceName] = ServiceName.TASK

    competition: CompetitionSnapshot

    @property
    def aggregate_id(self) -> UUID:
        return self.competition.id

    @property
    def aggregate_version(self) -> int:
        return self.competition.version


class CompetitionPublished(CompetitionEvent):
    """It takes entrants and submissions until its first deadline."""

    subject_happened: ClassVar[str] = "competition.published"


class CompetitionUpdated(CompetitionEvent):
    """What became of its prize has changed."""

    subject_happened: ClassVar[str] = "competition.updated"


class CompetitionSubmissionsClosed(CompetitionEvent):
    """The first deadline has passed: its creator reviews, and chooses a winner until the second."""

    subject_happened: ClassVar[str] = "competition.submissions_closed"


class CompetitionSelectionReminded(CompetitionEvent):
    """The second deadline is near, and no winner was chosen yet."""

    subject_happened: ClassVar[str] = "competition.selection_reminded"


class CompetitionAwarded(CompetitionEvent):
    """A winner was chosen, once."""

    subject_happened: ClassVar[str] = "competition.awarded"


class CompetitionExpired(CompetitionEvent):
    """No winner was chosen in time: the prize goes back."""

    subject_happened: ClassVar[str] = "competition.expired"


class CompetitionAnnounced(CompetitionEvent):
    """What happened to the competition is told to those who take part, some of them by each event.

    The event of what happened names nobody but its creator, for there may be very many who take part.
    """

    subject_happened: ClassVar[str] = "competition.announced"

    fact: str
    """``subject_happened`` of what happened. The schema lists none of them, because there will be more."""
    entrants: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=MAX_ENTRANTS_OF_ONE_EVENT)]
    """Accounts that took part when it happened; each is in one event of a fact."""


class CompetitionSnapshotEvent(CompetitionEvent):
    """The competition as it is, told anew; nothing happened to it."""

    subject_happened: ClassVar[str] = "competition.snapshot"


class CompetitionEntrySnapshot(Message):
    """That an account takes part, or did."""

    id: UUID
    version: Version
    competition_id: UUID
    competition_owner_id: UUID | None = None
    """``None`` in what was told before it was kept."""
    account_id: UUID
    agent_id: UUID
    terms_version: str
    """Of the terms that were accepted when it was joined."""
    joined_at: UtcDatetime
    ended_at: UtcDatetime | None = None
    """When it was left; ``None`` while the account takes part."""


class CompetitionEntryEvent(EventData):
    """Common to all events about an entry: the entry as it is after the change."""

    source: ClassVar[ServiceName] = ServiceName.TASK

    entry: CompetitionEntrySnapshot

    @property
    def aggregate_id(self) -> UUID:
        return self.entry.id

    @property
    def aggregate_version(self) -> int:
        return self.entry.version

    @property
    def ordering_key(self) -> UUID:
        return self.entry.competition_id


class CompetitionEntryCreated(CompetitionEntryEvent):
    """An account joined, for the first time or again."""

    subject_happened: ClassVar[str] = "competition_entry.created"


class CompetitionEntryEnded(CompetitionEntryEvent):
    """An account left before it handed anything in."""

    subject_happened: ClassVar[str] = "competition_entry.ended"


class CompetitionEntrySnapshotEvent(CompetitionEntryEvent):
    """The entry as it is, told anew; nothing happened to it."""

    subject_happened: ClassVar[str] = "competition_entry.snapshot"
