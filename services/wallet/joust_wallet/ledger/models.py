"""The ledger's tables. What is written once stays: the database refuses to change or delete it.

Triggers that the models can't show are in the migration: a transfer is complete and balanced when it
commits, postings and transfers are append-only, and an account changes only forward.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlmodel import Field

from joust_contracts.vocabulary import TransferKind
from joust_kit.database.columns import blob, cents, long_text, moment, one_of, word
from joust_wallet.base import Base
from joust_wallet.ledger.rules import AccountKind

_ID_OF_NAME = (
    "id = encode(substring(sha256(decode("
    "coalesce(CAST(owner_id AS text), 'platform') || '/' || kind || '/' || currency, 'escape'"
    ")) FROM 1 FOR 16), 'hex')::uuid"
)
"""SQL of ``AccountKey.id``."""


class Account(Base, table=True):
    """A balance, and how many postings made it."""

    __tablename__ = "accounts"
    __table_args__ = (
        # With the primary key: one account for each owner, kind and currency. A second unique index would
        # make ON CONFLICT (id) fail when two transactions make the same account at once.
        CheckConstraint(_ID_OF_NAME, name="id_is_its_name"),
        CheckConstraint(one_of("kind", AccountKind), name="kind"),
        CheckConstraint("currency ~ '^[a-z]{3}$'", name="currency"),
        CheckConstraint("(owner_id IS NOT NULL) = (kind IN ('available', 'held'))", name="owner_fits_kind"),
        CheckConstraint(
            "balance_cents >= 0 OR kind IN ('external_funding', 'external_payout')",
            name="balance_not_negative",
        ),
        CheckConstraint("version > 0 OR (version = 0 AND balance_cents = 0)", name="begins_empty"),
        # The balance is what the newest posting left: there is no other way to change it.
        ForeignKeyConstraint(
            ["id", "posted_version", "balance_cents"],
            ["postings.account_id", "postings.account_version", "postings.balance_after_cents"],
            name="fk_accounts_newest_posting",
            use_alter=True,
        ),
    )

    id: UUID = Field(primary_key=True)
    owner_id: UUID | None = None
    kind: AccountKind = word(AccountKind)
    currency: str = Field(sa_column=Column(String(3), nullable=False))
    balance_cents: int = cents()
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    posted_version: int | None = Field(
        default=None, sa_column=Column(BigInteger, Computed("NULLIF(version, 0)", persisted=True))
    )


class LedgerTransfer(Base, table=True):
    """A transfer that was made."""

    __tablename__ = "transfers"
    __table_args__ = (
        UniqueConstraint("idempotency_key"),
        CheckConstraint(one_of("kind", TransferKind), name="kind"),
        CheckConstraint("postings_count >= 2", name="has_postings"),
        CheckConstraint("octet_length(fingerprint) = 32", name="fingerprint_is_sha256"),
        # With the unique key: a deal is paid at most once, whatever the code does.
        CheckConstraint(
            "kind <> 'deal' OR idempotency_key = 'deal:' || CAST(cause AS text)", name="deal_has_one_key"
        ),
        # The same for an escrow: held once, and then either paid or refunded.
        CheckConstraint(
            "kind <> 'escrow_hold' OR idempotency_key = 'escrow:' || CAST(cause AS text)",
            name="escrow_is_held_once",
        ),
        CheckConstraint(
            "kind NOT IN ('escrow_payout', 'escrow_refund') "
            "OR idempotency_key = 'escrow-end:' || CAST(cause AS text)",
            name="escrow_ends_once",
        ),
        # And for a withdrawal: set aside once, and then either paid or reversed.
        CheckConstraint(
            "kind <> 'withdrawal' OR idempotency_key = 'withdrawal:' || CAST(cause AS text)",
            name="withdrawal_is_held_once",
        ),
        CheckConstraint(
            "kind NOT IN ('withdrawal_payout', 'withdrawal_reversal') "
            "OR idempotency_key = 'withdrawal-end:' || CAST(cause AS text)",
            name="withdrawal_ends_once",
        ),
    )

    id: UUID = Field(primary_key=True)
    idempotency_key: str = long_text()
    kind: TransferKind = word(TransferKind)
    cause: UUID
    fingerprint: bytes = blob()
    postings_count: int = Field(sa_column=Column(SmallInteger, nullable=False))
    created_at: datetime = moment()


class Posting(Base, table=True):
    """One line of an account: what it was, what came, what it is. Each begins where the last one ended."""

    __tablename__ = "postings"
    __table_args__ = (
        UniqueConstraint("account_id", "account_version"),
        # referenced by the next posting and by the account
        UniqueConstraint("account_id", "account_version", "balance_after_cents"),
        CheckConstraint("amount_cents <> 0", name="moves_something"),
        CheckConstraint("octet_length(hash) = 32", name="hash_is_sha256"),
        CheckConstraint("previous_balance_cents + amount_cents = balance_after_cents", name="adds_up"),
        CheckConstraint(
            "account_version > 1 OR (account_version = 1 AND previous_balance_cents = 0)", name="begins_empty"
        ),
        ForeignKeyConstraint(
            ["account_id", "previous_version", "previous_balance_cents"],
            ["postings.account_id", "postings.account_version", "postings.balance_after_cents"],
            name="fk_postings_previous_posting",
        ),
        # serves the check at commit that a transfer's postings sum to 0
        Index("ix_postings_transfer_id", "transfer_id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True, autoincrement=True))
    transfer_id: UUID = Field(sa_column=Column(ForeignKey("transfers.id"), nullable=False))
    account_id: UUID = Field(sa_column=Column(ForeignKey("accounts.id"), nullable=False))
    account_version: int = Field(sa_column=Column(BigInteger, nullable=False))
    previous_version: int | None = Field(
        default=None, sa_column=Column(BigInteger, Computed("NULLIF(account_version - 1, 0)", persisted=True))
    )
    amount_cents: int = cents()
    previous_balance_cents: int = cents()
    balance_after_cents: int = cents()
    hash: bytes = blob()
    """Over this line and the account's line before it; see ``journal``."""
