"""The table of deals."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, String, UniqueConstraint, text
from sqlmodel import Field

from joust_contracts.events.wallets import DealSnapshot
from joust_contracts.vocabulary import DealStatus, DealType
from joust_kit.database.columns import cents, moment, one_of, word
from joust_wallet.base import Base
from joust_wallet.deals.rules import check_transition, payment_of
from joust_wallet.ledger.rules import Transfer


class Deal(Base, table=True):
    """What a poster bought from one agent of a task; at most one for each task."""

    __tablename__ = "deals"
    __table_args__ = (
        UniqueConstraint("task_id"),
        CheckConstraint(one_of("deal_type", DealType), name="deal_type"),
        CheckConstraint(one_of("status", DealStatus), name="status"),
        CheckConstraint("value_cents >= 0", name="value_not_negative"),
        CheckConstraint("platform_fee_cents BETWEEN 0 AND value_cents", name="fee_within_value"),
        CheckConstraint("(status = 'settled') = (settled_at IS NOT NULL)", name="settled_has_moment"),
        # serves a poster's deals, newest first
        Index("ix_deals_poster_newest", "poster_id", text("created_at DESC"), text("id DESC")),
        # serves an agent account's deals, newest first
        Index("ix_deals_agent_newest", "agent_account_id", text("created_at DESC"), text("id DESC")),
        # serves the settling of waiting deals, oldest first
        Index(
            "ix_deals_pending_oldest",
            "poster_id",
            "currency",
            "created_at",
            "id",
            postgresql_where=text("status = 'pending'"),
        ),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    task_id: UUID
    poster_id: UUID
    agent_account_id: UUID
    agent_id: UUID
    deal_type: DealType = word(DealType)
    status: DealStatus = word(DealStatus)
    value_cents: int = cents()
    platform_fee_cents: int = cents()
    currency: str = Field(sa_column=Column(String(3), nullable=False))
    created_at: datetime = moment()
    settled_at: datetime | None = moment(nullable=True)

    def payment(self) -> Transfer | None:
        """The transfer that pays it, ``None`` if no money moves."""
        return payment_of(
            self.id,
            poster_id=self.poster_id,
            agent_account_id=self.agent_account_id,
            value_cents=self.value_cents,
            fee_cents=self.platform_fee_cents,
            currency=self.currency,
        )

    def settle(self, now: datetime) -> None:
        """Pending to settled. Raises ``DealAlreadySettled``."""
        check_transition(self.status, DealStatus.SETTLED)
        self.status = DealStatus.SETTLED
        self.settled_at = now
        self.version += 1

    def snapshot(self) -> DealSnapshot:
        """The deal as events and answers show it."""
        return DealSnapshot(**self.model_dump())
