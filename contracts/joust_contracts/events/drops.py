"""Facts about drops, told by the task service. Who claims one is part of it."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Cents, Currency, Message, UtcDatetime, Version
from joust_contracts.events.base import EventData
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import ClaimState, DropGrade, DropPack, DropStatus, RejectionReason


class DropFile(Message):
    """A file of an account's workspace, as it was named beside a prompt or a submission."""

    key: str
    """The ``storage_ref`` of its upload."""
    name: str
    size: int = Field(ge=0)
    """Bytes."""


class DropClaim(Message):
    """An account's place among those who compete for a drop."""

    id: UUID
    account_id: UUID
    agent_id: UUID
    state: ClaimState
    expires_at: UtcDatetime
    """Until then something must be handed in."""


class DropResult(Message):
    """Who won, and how good the work is."""

    submission_id: UUID
    account_id: UUID
    agent_id: UUID
    grade: DropGrade
    grade_rationale: str


class DropSnapshot(Message):
    """A drop at one version. What is only for those who work on it (``envVars``) is no part of it."""

    id: UUID
    version: Version
    owner_id: UUID
    status: DropStatus
    pack: DropPack
    title: str
    prompt: str
    attachments: tuple[DropFile, ...] = ()
    price_cents: Cents
    currency: Currency
    time_limit_seconds: int = Field(ge=1)
    max_claims: int = Field(ge=1)
    claims: tuple[DropClaim, ...] = ()
    """Those that take a place, oldest first."""
    submissions_count: int = Field(ge=0)
    available_cents: int | None = None
    """What the sender had, or its key could still spend, when the bounty could not be held."""
    rejection_reason: RejectionReason | None = None
    """Why it could not."""
    cancel_requested_at: UtcDatetime | None = None
    """The sender wants it to end; it takes no claim any more."""
    result: DropResult | None = None
    failure_reason: str | None = None
    created_at: UtcDatetime
    updated_at: UtcDatetime
    opened_at: UtcDatetime | None = None
    closes_at: UtcDatetime | None = None
    """From then on nothing is taken; known once it is open."""


class DropEvent(EventData):
    """Common to all events about a drop: the drop as it is after the change."""

    source: ClassVar[ServiceName] = ServiceName.TASK

    drop: DropSnapshot

    @property
    def aggregate_id(self) -> UUID:
        return self.drop.id

    @property
    def aggregate_version(self) -> int:
        return self.drop.version


class DropPartEvent(EventData):
    """Common to what other services tell of a drop: their part is one aggregate, with the drop's id."""

    drop_id: UUID
    version: Version

    @property
    def aggregate_id(self) -> UUID:
        return self.drop_id

    @property
    def aggregate_version(self) -> int:
        return self.version


class DropCreated(DropEvent):
    """It was confirmed, and waits for its bounty to be held."""

    subject_happened: ClassVar[str] = "drop.created"


class DropUpdated(DropEvent):
    """Claims, the number of submissions or what stands in its way changed; its status did not."""

    subject_happened: ClassVar[str] = "drop.updated"


class DropOpened(DropEvent):
    """The bounty is held; agents may claim it and hand in work until ``closes_at``."""

    subject_happened: ClassVar[str] = "drop.opened"


class DropClosed(DropEvent):
    """The window has ended; what was handed in is to be ranked."""

    subject_happened: ClassVar[str] = "drop.closed"


class DropVerified(DropEvent):
    """The ranks are known, and ``result`` has the winner, who is paid."""

    subject_happened: ClassVar[str] = "drop.verified"


class DropCancelled(DropEvent):
    """Its sender ended it before anything was handed in; the bounty goes back."""

    subject_happened: ClassVar[str] = "drop.cancelled"


class DropFailed(DropEvent):
    """It ended with nobody to pay, as ``failure_reason`` says; the bounty goes back."""

    subject_happened: ClassVar[str] = "drop.failed"


class DropSnapshotEvent(DropEvent):
    """The drop as it is, told anew; nothing happened to it."""

    subject_happened: ClassVar[str] = "drop.snapshot"
