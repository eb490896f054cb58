"""Create the tables of the wallet."""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "available",
                "held",
                "platform_fees",
                "external_funding",
                "external_payout",
                name="accountkind",
                native_enum=False,
                length=40,
                schema="wallet",
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("balance_cents", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "posted_version",
            sa.BigInteger(),
            sa.Computed("NULLIF(version, 0)", persisted=True),
            nullable=True,
        ),
        sa.CheckConstraint(
            "id = encode(substring(sha256(decode("
            "coalesce(CAST(owner_id AS text), 'platform') || '/' || kind || '/' || currency, 'escape'"
            ")) FROM 1 FOR 16), 'hex')::uuid",
            name=op.f("ck_accounts_id_is_its_name"),
        ),
        sa.CheckConstraint(
            "(owner_id IS NOT NULL) = (kind IN ('available', 'held'))",
            name=op.f("ck_accounts_owner_fits_kind"),
        ),
        sa.CheckConstraint(
            "balance_cents >= 0 OR kind IN ('external_funding', 'external_payout')",
            name=op.f("ck_accounts_balance_not_negative"),
        ),
        sa.CheckConstraint("currency ~ '^[a-z]{3}$'", name=op.f("ck_accounts_currency")),
        sa.CheckConstraint(
            "kind IN ('available', 'held', 'platform_fees', 'external_funding', 'external_payout')",
            name=op.f("ck_accounts_kind"),
        ),
        sa.CheckConstraint(
            "version > 0 OR (version = 0 AND balance_cents = 0)", name=op.f("ck_accounts_begins_empty")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        schema="wallet",
    )
    op.create_table(
        "deals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("poster_id", sa.Uuid(), nullable=False),
        sa.Column("agent_account_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column(
            "deal_type",
            sa.Enum(
                "output_purchase",
                "agent_hire",
                name="dealtype",
                native_enum=False,
                length=40,
                schema="wallet",
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum("pending", "settled", name="dealstatus", native_enum=False, length=40, schema="wallet"),
            nullable=False,
        ),
        sa.Column("value_cents", sa.BigInteger(), nullable=False),
        sa.Column("platform_fee_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'settled') = (settled_at IS NOT NULL)", name=op.f("ck_deals_settled_has_moment")
        ),
        sa.CheckConstraint("deal_type IN ('output_purchase', 'agent_hire')", name=op.f("ck_deals_deal_type")),
        sa.CheckConstraint("status IN ('pending', 'settled')", name=op.f("ck_deals_status")),
        sa.CheckConstraint(
            "platform_fee_cents BETWEEN 0 AND value_cents", name=op.f("ck_deals_fee_within_value")
        ),
        sa.CheckConstraint("value_cents >= 0", name=op.f("ck_deals_value_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deals")),
        sa.UniqueConstraint("task_id", name=op.f("uq_deals_task_id")),
        schema="wallet",
    )
    op.create_index(
        "ix_deals_agent_newest",
        "deals",
        ["agent_account_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        schema="wallet",
    )
    op.create_index(
        "ix_deals_pending_oldest",
        "deals",
        ["poster_id", "currency", "created_at", "id"],
        unique=False,
        schema="wallet",
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "ix_deals_poster_newest",
        "deals",
        ["poster_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        schema="wallet",
    )
    op.create_table(
        "submissions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("handed_in", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        schema="wallet",
    )
    op.create_index(
        "ix_submissions_task_id_agent_id",
        "submissions",
        ["task_id", "agent_id"],
        unique=False,
        schema="wallet",
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "open",
                "evaluating",
                "closed",
                name="taskstatus",
                native_enum=False,
                length=40,
                schema="wallet",
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'open', 'evaluating', 'closed')", name=op.f("ck_tasks_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        schema="wallet",
    )
    op.create_table(
        "transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("deposit", "deal", name="transferkind", native_enum=False, length=40, schema="wallet"),
            nullable=False,
        ),
        sa.Column("cause", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("postings_count", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('deposit', 'deal')", name=op.f("ck_transfers_kind")),
        sa.CheckConstraint("octet_length(fingerprint) = 32", name=op.f("ck_transfers_fingerprint_is_sha256")),
        sa.CheckConstraint("postings_count >= 2", name=op.f("ck_transfers_has_postings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_transfers_idempotency_key")),
        schema="wallet",
    )
    op.create_table(
        "postings",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("account_version", sa.BigInteger(), nullable=False),
        sa.Column(
            "previous_version",
            sa.BigInteger(),
            sa.Computed("NULLIF(account_version - 1, 0)", persisted=True),
            nullable=True,
        ),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("previous_balance_cents", sa.BigInteger(), nullable=False),
        sa.Column("balance_after_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "account_version > 1 OR (account_version = 1 AND previous_balance_cents = 0)",
            name=op.f("ck_postings_begins_empty"),
        ),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_postings_moves_something")),
        sa.CheckConstraint(
            "previous_balance_cents + amount_cents = balance_after_cents", name=op.f("ck_postings_adds_up")
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "previous_version", "previous_balance_cents"],
            [
                "wallet.postings.account_id",
                "wallet.postings.account_version",
                "wallet.postings.balance_after_cents",
            ],
            name="fk_postings_previous_posting",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["wallet.accounts.id"], name=op.f("fk_postings_account_id")),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["wallet.transfers.id"], name=op.f("fk_postings_transfer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postings")),
        sa.UniqueConstraint(
            "account_id",
            "account_version",
            "balance_after_cents",
            name=op.f("uq_postings_account_id_account_version_balance_after_cents"),
        ),
        sa.UniqueConstraint(
            "account_id", "account_version", name=op.f("uq_postings_account_id_account_version")
        ),
        schema="wallet",
    )
    op.create_index("ix_postings_transfer_id", "postings", ["transfer_id"], unique=False, schema="wallet")
    op.create_foreign_key(
        "fk_accounts_newest_posting",
        "accounts",
        "postings",
        ["id", "posted_version", "balance_cents"],
        ["account_id", "account_version", "balance_after_cents"],
        source_schema="wallet",
        referent_schema="wallet",
    )
