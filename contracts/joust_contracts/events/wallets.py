"""Facts about money, told by the wallet service."""

from typing import ClassVar
from uuid import UUID

from joust_contracts.base import Cents, Currency, Message, UtcDatetime, Version
from joust_contracts.events.base import EventData
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import DealStatus, DealType


class DealSnapshot(Message):
    """A deal at one version. The agent is credited ``value_cents`` less ``platform_fee_cents``."""

    id: UUID
    version: Version
    task_id: UUID
    poster_id: UUID
    agent_account_id: UUID
    agent_id: UUID
    deal_type: DealType
    status: DealStatus
    value_cents: Cents
    platform_fee_cents: Cents
    currency: Currency
    created_at: UtcDatetime
    settled_at: UtcDatetime | None = None


class _DealEvent(EventData):
    source: ClassVar[ServiceName] = ServiceName.WALLET

    deal: DealSnapshot

    @property
    def aggregate_id(self) -> UUID:
        return self.deal.id

    @property
    def aggregate_version(self) -> int:
        return self.deal.version

    @property
    def ordering_key(self) -> UUID:
        return self.deal.task_id


class DealCreated(_DealEvent):
    """The poster recorded a deal, the only one for its task."""

    subject_happened: ClassVar[str] = "deal.created"


class DealSettled(_DealEvent):
    """The deal's money moved, once."""

    subject_happened: ClassVar[str] = "deal.settled"


class DealSnapshotEvent(_DealEvent):
    """The deal as it is, told anew; nothing happened to it."""

    subject_happened: ClassVar[str] = "deal.snapshot"
