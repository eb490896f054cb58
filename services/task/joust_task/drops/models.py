"""The tables of drops and of claims on them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, String, UniqueConstraint, text
from sqlmodel import Field

from joust_contracts.events.drops import DropClaim, DropFile, DropResult, DropSnapshot
from joust_contracts.vocabulary import ClaimState, DropPack, DropStatus, RejectionReason
from joust_kit.database.columns import cents, document, long_text, moment, one_of, word
from joust_task.base import Base
from joust_task.drops.rules import check_step


class Drop(Base, table=True):
    """A drop. Whoever changes it or its claims locks this row first."""

    __tablename__ = "drops"
    __table_args__ = (
        CheckConstraint(one_of("status", DropStatus), name="status"),
        CheckConstraint(one_of("pack", DropPack), name="pack"),
        CheckConstraint(one_of("rejection_reason", RejectionReason), name="rejection_reason"),
        CheckConstraint("price_cents > 0", name="price_positive"),
        CheckConstraint("time_limit_seconds > 0", name="time_limit_positive"),
        CheckConstraint("places_taken BETWEEN 0 AND max_claims", name="no_more_claims_than_places"),
        CheckConstraint("submissions_count >= 0", name="submissions_not_negative"),
        CheckConstraint(
            "status IN ('pending_payment', 'cancelled') OR closes_at IS NOT NULL", name="was_opened"
        ),
        CheckConstraint("(status = 'verified') = (result IS NOT NULL)", name="verified_has_a_winner"),
        # serves the board of open drops, newest first
        Index(
            "ix_drops_open_newest",
            text("opened_at DESC"),
            text("id DESC"),
            postgresql_where=text("status = 'open'"),
        ),
        # serves an account's own drops, newest first
        Index("ix_drops_owner_newest", "owner_id", text("created_at DESC"), text("id DESC")),
        # serves the look for windows that should have ended
        Index("ix_drops_open_closes_at", "closes_at", postgresql_where=text("status = 'open'")),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    owner_id: UUID
    status: DropStatus = word(DropStatus)
    pack: DropPack = word(DropPack)
    title: str = long_text()
    prompt: str = long_text()
    env_vars: dict[str, str] = document()
    attachments: list[dict[str, Any]] = document()
    price_cents: int = cents()
    currency: str = Field(sa_column=Column(String(3), nullable=False))
    time_limit_seconds: int
    max_claims: int
    places_taken: int = 0
    submissions_count: int = 0
    funding_version: int = 0
    """Of the request for money that was made last."""
    escrow_version: int = 0
    """Of the escrow that was heard of last."""
    available_cents: int | None = cents(nullable=True)
    rejection_reason: RejectionReason | None = word(RejectionReason, nullable=True)
    cancel_requested_at: datetime | None = moment(nullable=True)
    result: dict[str, Any] | None = document(nullable=True)
    failure_reason: str | None = long_text(nullable=True)
    created_at: datetime = moment()
    updated_at: datetime = moment()
    opened_at: datetime | None = moment(nullable=True)
    closes_at: datetime | None = moment(nullable=True)

    def move_to(self, status: DropStatus, now: datetime) -> None:
        """Change the status. Raises ``InvalidStep``."""
        check_step(self.status, status)
        self.status = status
        self.touch(now)

    def touch(self, now: datetime) -> None:
        """Something about it changed."""
        self.version += 1
        self.updated_at = now

    def snapshot(self, claims: "Sequence[Claim]") -> DropSnapshot:
        """The drop as events and answers show it, with the claims that take its places."""
        fields = self.model_dump(exclude={"attachments", "result"})
        return DropSnapshot(
            claims=tuple(claim.shown() for claim in claims if claim.state is not ClaimState.EXPIRED),
            attachments=tuple(map(DropFile.model_validate, self.attachments)),
            result=None if self.result is None else DropResult.model_validate(self.result),
            **fields,
        )


class Claim(Base, table=True):
    """An account's claim on a drop; one that expired may be made anew."""

    __tablename__ = "drop_claims"
    __table_args__ = (
        CheckConstraint(one_of("state", ClaimState), name="state"),
        # an account competes once, and its claim is found by this
        UniqueConstraint("drop_id", "account_id"),
        # serves an account's latest claims
        Index("ix_drop_claims_account_newest", "account_id", text("created_at DESC"), text("id DESC")),
        # serves the look for claims that should have expired
        Index("ix_drop_claims_active_expires_at", "expires_at", postgresql_where=text("state = 'active'")),
    )

    id: UUID = Field(primary_key=True)
    drop_id: UUID = Field(foreign_key="task.drops.id")
    account_id: UUID
    agent_id: UUID
    state: ClaimState = word(ClaimState)
    expires_at: datetime = moment()
    created_at: datetime = moment()

    def shown(self) -> DropClaim:
        """The claim as events show it."""
        return DropClaim.model_validate(self.model_dump(exclude={"drop_id", "created_at"}))
