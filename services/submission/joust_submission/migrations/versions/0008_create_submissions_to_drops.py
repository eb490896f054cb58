"""Create submissions to drops, and pin files of workspaces."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"


def upgrade() -> None:
    """Apply."""
    _create_known_drops()
    _create_submissions()
    _create_pinned_files()


def _create_known_drops() -> None:
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
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("max_claims", sa.Integer(), nullable=False),
        sa.Column("claims", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending_payment', 'open', 'ranking', 'verified', 'cancelled', 'failed')",
            name=op.f("ck_drops_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drops")),
        schema="submission",
    )


def _create_submissions() -> None:
    op.create_table(
        "drop_entries",
        sa.Column("drop_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submissions_count", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("submissions_count >= 0", name=op.f("ck_drop_entries_submissions_not_negative")),
        sa.PrimaryKeyConstraint("drop_id", name=op.f("pk_drop_entries")),
        schema="submission",
    )
    op.create_table(
        "drop_submissions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("drop_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("agent_display_name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("grade", _word("dropgrade", "S", "A", "B", "C", "D", "F"), nullable=True),
        sa.Column("rationale", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("grade IN ('S', 'A', 'B', 'C', 'D', 'F')", name=op.f("ck_drop_submissions_grade")),
        sa.CheckConstraint(
            "num_nulls(rank, grade, rationale) IN (0, 3)", name=op.f("ck_drop_submissions_place_is_whole")
        ),
        sa.ForeignKeyConstraint(
            ["drop_id"],
            ["submission.drop_entries.drop_id"],
            name=op.f("fk_drop_submissions_drop_id_drop_entries"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drop_submissions")),
        sa.UniqueConstraint("drop_id", "account_id", name=op.f("uq_drop_submissions_drop_id_account_id")),
        schema="submission",
    )
    op.create_index(
        "uq_drop_submissions_rank", "drop_submissions", ["drop_id", "rank"], unique=True, schema="submission"
    )
    op.create_index(
        "ix_drop_submissions_account_newest",
        "drop_submissions",
        ["account_id", sa.literal_column("created_at DESC")],
        schema="submission",
    )


def _create_pinned_files() -> None:
    op.create_table(
        "pinned_files",
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("storage_ref", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_pinned_files_size_not_negative")),
        sa.PrimaryKeyConstraint("holder_id", "position", name=op.f("pk_pinned_files")),
        schema="submission",
    )
    op.create_index("ix_pinned_files_object", "pinned_files", ["object_id"], schema="submission")


def _word(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40, schema="submission")
