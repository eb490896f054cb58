"""The tables of competitions, and of who accepted which terms."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Computed, Index, String, Table, text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlmodel import Field

from joust_contracts.events.competitions import CompetitionSnapshot
from joust_contracts.events.escrows import EscrowSnapshot
from joust_contracts.vocabulary import CompetitionStatus, PrizeStatus, RejectionReason
from joust_kit.database.columns import cents, document, long_text, moment, one_of, word
from joust_task.base import Base
from joust_task.competitions.rules import PRIZE_OF, check_is_draft, check_transition

PUBLISHED = "status NOT IN ('draft', 'funding')"


class Competition(Base, table=True):
    """A competition."""

    __tablename__ = "competitions"
    __table_args__ = (
        CheckConstraint(one_of("status", CompetitionStatus), name="status"),
        CheckConstraint(one_of("prize_status", PrizeStatus), name="prize_status"),
        CheckConstraint(one_of("rejection_reason", RejectionReason), name="rejection_reason"),
        CheckConstraint("prize_cents > 0", name="prize_positive"),
        CheckConstraint("winner_deadline > submission_deadline", name="deadlines_in_order"),
        CheckConstraint("entrants >= 0", name="entrants_not_negative"),
        CheckConstraint("(status = 'awarded') = (winner IS NOT NULL)", name="winner_of_awarded"),
        CheckConstraint(f"({PUBLISHED}) = (published_at IS NOT NULL)", name="published_has_moment"),
        # serves the list of published ones, newest first, and that of those in one state
        Index(
            "ix_competitions_newest",
            text("published_at DESC"),
            text("id DESC"),
            postgresql_where=text(PUBLISHED),
        ),
        Index(
            "ix_competitions_status_newest",
            "status",
            text("published_at DESC"),
            text("id DESC"),
            postgresql_where=text(PUBLISHED),
        ),
        # serves the filter by tag
        Index("ix_competitions_tags", "tags", postgresql_using="gin", postgresql_where=text(PUBLISHED)),
        # serves the list of an account's own
        Index("ix_competitions_of_owner", "owner_id", text("created_at DESC"), text("id DESC")),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    owner_id: UUID
    status: CompetitionStatus = word(CompetitionStatus)
    title: str = long_text()
    overview: str = long_text()
    prize_cents: int = cents()
    currency: str = Field(sa_column=Column(String(3), nullable=False))
    prize_status: PrizeStatus = word(PrizeStatus)
    available_cents: int | None = cents(nullable=True)
    rejection_reason: RejectionReason | None = word(RejectionReason, nullable=True)
    escrow_version: int = 0
    """Of the wallet's word that was heard last."""
    submission_deadline: datetime = moment()
    winner_deadline: datetime = moment()
    tags: list[str] = Field(sa_column=Column(ARRAY(String(50)), nullable=False))
    entrants: int = 0
    """Accounts that take part; counted with the entries, and no part of the version."""
    winner: dict[str, Any] | None = document(nullable=True)
    reminded_at: datetime | None = moment(nullable=True)
    created_at: datetime = moment()
    published_at: datetime | None = moment(nullable=True)
    ended_at: datetime | None = moment(nullable=True)

    def move_to(self, status: CompetitionStatus) -> None:
        """Change the status. Raises ``InvalidCompetitionTransition``."""
        check_transition(self.status, status)
        self.status = status
        self.version += 1

    def edit(self, changes: Mapping[str, Any]) -> None:
        """Change fields of a draft. Raises ``CompetitionNotDraft``."""
        check_is_draft(self.status)
        for name, value in changes.items():
            setattr(self, name, value)
        self.version += 1

    def hear(self, escrow: EscrowSnapshot) -> bool:
        """Note where the prize is; false if something newer was heard."""
        if escrow.version <= self.escrow_version:
            return False
        self.escrow_version = escrow.version
        self.prize_status = PRIZE_OF[escrow.status]
        self.available_cents, self.rejection_reason = escrow.available_cents, escrow.rejection_reason
        self.version += 1
        return True

    def is_visible_to(self, account_id: UUID) -> bool:
        """Its creator sees it always, others once it is published."""
        return self.status.is_published or self.owner_id == account_id

    def snapshot(self) -> CompetitionSnapshot:
        """The competition as events and answers show it."""
        return CompetitionSnapshot.model_validate(self.model_dump())


class TermsAcceptance(Base, table=True):
    """Who accepted which version of the terms, when, and for what. Rows are added, and never changed."""

    __tablename__ = "terms_acceptances"
    __table_args__ = (
        # serves the question who accepted what for a competition
        Index("ix_terms_acceptances_competition", "competition_id", "account_id"),
    )

    id: UUID = Field(primary_key=True)
    competition_id: UUID
    account_id: UUID
    deed: str = Field(sa_column=Column(String(40), nullable=False))
    """What was done with it: ``publish`` or ``join``."""
    terms_version: str = long_text()
    accepted_at: datetime = moment()


_WORDS_BY_WEIGHT = (
    "setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', overview), 'B')"
)

# Beside the mapped columns: made by the database, searched by it, and never read into a Competition.
COMPETITIONS = cast("Table", Competition.__table__)  # type: ignore[attr-defined]
COMPETITIONS.append_column(Column("search", TSVECTOR, Computed(_WORDS_BY_WEIGHT, persisted=True)))
Index(
    "ix_competitions_search",
    COMPETITIONS.c.search,
    postgresql_using="gin",
    # A search reads what is pending whole, so little may pend.
    postgresql_with={"gin_pending_list_limit": 256},
    postgresql_where=text(PUBLISHED),
)
