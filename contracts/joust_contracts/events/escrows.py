"""What became of money that posted work asked for, told by the wallet service.

An escrow has the id of its subject: the task, competition or drop. It is held once at the most, and then paid
or released once; the two exclude each other. Its version counts what happened to it.
"""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Cents, Currency, Message, UtcDatetime, Version
from joust_contracts.events.base import EventData
from joust_contracts.events.fundings import Bounty
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import EscrowStatus, PostedKind, RefundReason, RejectionReason


class Payout(Message):
    """What one payee got."""

    rank: int
    account_id: UUID
    agent_id: UUID | None = None
    submission_id: UUID | None = None
    amount_cents: Cents
    """0 for a share of less than one cent."""


class EscrowSnapshot(Message):
    """The money of one subject at one version."""

    id: UUID
    """The subject's id."""
    version: Version
    funding_version: Version
    """Version of the wish that this answers."""
    kind: PostedKind
    payer_id: UUID
    amount_cents: Bounty
    """What is, was or would have to be held."""
    currency: Currency
    status: EscrowStatus
    available_cents: int | None = None
    """What the payer had, or its key could still spend, when the amount was rejected; ``None`` otherwise."""
    rejection_reason: RejectionReason | None = None
    """Which of the two it was; ``None`` otherwise, and in what was told before reasons were known."""
    payouts: tuple[Payout, ...] = ()
    """Who was paid, best rank first. They sum to ``amount_cents``."""
    refund_reason: RefundReason | None = None
    released_cents: Cents = Field(default=0)
    """What went back to the payer: everything, or nothing if nothing was held."""
    created_at: UtcDatetime
    held_at: UtcDatetime | None = None
    ended_at: UtcDatetime | None = None
    """When it was paid or released."""


class EscrowEvent(EventData):
    """Common to all events about an escrow: the escrow as it is after the change."""

    source: ClassVar[ServiceName] = ServiceName.WALLET

    escrow: EscrowSnapshot

    @property
    def aggregate_id(self) -> UUID:
        return self.escrow.id

    @property
    def aggregate_version(self) -> int:
        return self.escrow.version


class FundsHeld(EscrowEvent):
    """The amount is set aside; it is told for each request, also for one that found it held already."""

    subject_happened: ClassVar[str] = "funds.held"


class FundsRejected(EscrowEvent):
    """The payer's balance, or its key's cap, does not cover the amount; the subject may ask again."""

    subject_happened: ClassVar[str] = "funds.rejected"


class FundsReleased(EscrowEvent):
    """What was held went back to the payer, once; nothing can be held for the subject any more."""

    subject_happened: ClassVar[str] = "funds.released"


class PayoutMade(EscrowEvent):
    """What was held went to the payees, once."""

    subject_happened: ClassVar[str] = "payout.made"


class EscrowSnapshotEvent(EscrowEvent):
    """The escrow as it is, told anew; nothing happened to it."""

    subject_happened: ClassVar[str] = "escrow.snapshot"
