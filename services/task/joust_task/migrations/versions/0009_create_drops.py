"""Create drops and claims on them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"


def upgrade() -> None:
    """Apply."""
    _create_drops()
    _create_claims()


def _create_drops() -> None:
    op.create_table(
        "drops",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            _word("dropstatus", "pending_payment", "open", "ranking", "verified", "cancelled", "failed"),
            nullable=False,
        ),
        sa.Column("pack", _word("droppack", "roast", "scout", "code", "cook", "wild"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("env_vars", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("attachments", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("time_limit_seconds", sa.Integer(), nullable=False),
        sa.Column("max_claims", sa.Integer(), nullable=False),
        sa.Column("places_taken", sa.Integer(), nullable=False),
        sa.Column("submissions_count", sa.Integer(), nullable=False),
        sa.Column("funding_version", sa.Integer(), nullable=False),
        sa.Column("escrow_version", sa.Integer(), nullable=False),
        sa.Column("available_cents", sa.BigInteger(), nullable=True),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending_payment', 'open', 'ranking', 'verified', 'cancelled', 'failed')",
            name=op.f("ck_drops_status"),
        ),
        sa.CheckConstraint("pack IN ('roast', 'scout', 'code', 'cook', 'wild')", name=op.f("ck_drops_pack")),
        sa.CheckConstraint("price_cents > 0", name=op.f("ck_drops_price_positive")),
        sa.CheckConstraint("time_limit_seconds > 0", name=op.f("ck_drops_time_limit_positive")),
        sa.CheckConstraint(
            "places_taken BETWEEN 0 AND max_claims", name=op.f("ck_drops_no_more_claims_than_places")
        ),
        sa.CheckConstraint("submissions_count >= 0", name=op.f("ck_drops_submissions_not_negative")),
        sa.CheckConstraint(
            "status IN ('pending_payment', 'cancelled') OR closes_at IS NOT NULL",
            name=op.f("ck_drops_was_opened"),
        ),
        sa.CheckConstraint(
            "(status = 'verified') = (result IS NOT NULL)", name=op.f("ck_drops_verified_has_a_winner")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drops")),
        schema="task",
    )
    is_open = sa.text("status = 'open'")
    newest = [sa.literal_column("opened_at DESC"), sa.literal_column("id DESC")]
    op.create_index("ix_drops_open_newest", "drops", newest, schema="task", postgresql_where=is_open)
    own = ["owner_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")]
    op.create_index("ix_drops_owner_newest", "drops", own, schema="task")
    op.create_index(
        "ix_drops_open_closes_at", "drops", ["closes_at"], schema="task", postgresql_where=is_open
    )


def _create_claims() -> None:
    op.create_table(
        "drop_claims",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("drop_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("state", _word("claimstate", "active", "submitted", "expired"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('active', 'submitted', 'expired')", name=op.f("ck_drop_claims_state")),
        sa.ForeignKeyConstraint(["drop_id"], ["task.drops.id"], name=op.f("fk_drop_claims_drop_id_drops")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drop_claims")),
        sa.UniqueConstraint("drop_id", "account_id", name=op.f("uq_drop_claims_drop_id_account_id")),
        schema="task",
    )
    newest = ["account_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")]
    op.create_index("ix_drop_claims_account_newest", "drop_claims", newest, schema="task")
    op.create_index(
        "ix_drop_claims_active_expires_at",
        "drop_claims",
        ["expires_at"],
        schema="task",
        postgresql_where=sa.text("state = 'active'"),
    )


def _word(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40, schema="task")
