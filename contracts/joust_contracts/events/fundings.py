"""What posted work asks of the wallet for its bounty or prize, told by the task service.

One funding belongs to one piece of posted work, its *subject*: a task, a competition or a drop. It says what
the subject wants of its money now, and each later wish has a higher version. So a wish that comes late or
twice changes nothing, and one that comes before an earlier one stands for both. The wallet answers by
``events.escrows``.
"""

from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import Field, model_validator

from joust_contracts.base import Cents, Currency, Message, Version
from joust_contracts.events.base import EventData
from joust_contracts.services import ServiceName
from joust_contracts.spending import Spender
from joust_contracts.vocabulary import FundingWish, PostedKind, RefundReason

WHOLE_BPS = 10_000
"""Basis points in a whole."""

Bounty = Annotated[Cents, Field(ge=1)]
"""An amount that can be held: nothing is not."""


class Payee(Message):
    """Who gets a share of what is held."""

    rank: int = Field(ge=1)
    account_id: UUID
    agent_id: UUID | None = None
    submission_id: UUID | None = None
    share_bps: int = Field(ge=1, le=WHOLE_BPS)
    """Basis points of the whole; those of all payees sum to 10,000."""


class FundingSnapshot(Message):
    """What a subject wants of its money, at one version."""

    id: UUID
    version: Version
    subject_id: UUID
    """The task, competition or drop."""
    kind: PostedKind
    payer_id: UUID
    amount_cents: Bounty
    currency: Currency
    wanted: FundingWish
    payees: tuple[Payee, ...] = ()
    """Whom to pay, best rank first; only when that is wanted."""
    refund_reason: RefundReason | None = None
    spender: Spender | None = None
    """The key with a cap by which the funding was asked for; what its cap does not cover is rejected."""

    @model_validator(mode="after")
    def _says_whom_to_pay_or_why_not(self) -> Self:
        if (self.wanted is FundingWish.PAYOUT) != bool(self.payees):
            raise ValueError("payees are named when, and only when, a payout is wanted")
        if self.payees and sum(payee.share_bps for payee in self.payees) != WHOLE_BPS:
            raise ValueError("the payees' shares sum to 10,000 basis points")
        if len({payee.rank for payee in self.payees}) < len(self.payees):
            raise ValueError("no rank is paid twice")
        if (self.wanted is FundingWish.REFUND) != (self.refund_reason is not None):
            raise ValueError("a refund, and nothing else, has a reason")
        return self


class FundingEvent(EventData):
    """Common to all events about a funding: what is wanted now."""

    source: ClassVar[ServiceName] = ServiceName.TASK

    funding: FundingSnapshot

    @property
    def aggregate_id(self) -> UUID:
        return self.funding.id

    @property
    def aggregate_version(self) -> int:
        return self.funding.version

    @property
    def ordering_key(self) -> UUID:
        return self.funding.subject_id


class TaskFundingRequested(FundingEvent):
    """The payer wants the amount to be held, so that the subject may open; again after it was rejected."""

    subject_happened: ClassVar[str] = "task.funding_requested"


class TaskPayoutRequested(FundingEvent):
    """The subject is decided: what is held is due to the payees, and nobody has to agree any more."""

    subject_happened: ClassVar[str] = "task.payout_requested"


class TaskRefundRequested(FundingEvent):
    """The subject ended with nobody to pay: what is held goes back to the payer."""

    subject_happened: ClassVar[str] = "task.refund_requested"


class FundingSnapshotEvent(FundingEvent):
    """The funding as it is, told anew; nothing happened to it."""

    subject_happened: ClassVar[str] = "funding.snapshot"
