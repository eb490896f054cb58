"""Create rankings of drops."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0010"
down_revision: str | None = "0009"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "drop_rankings",
        sa.Column("drop_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "completed",
                "failed",
                name="rankingstatus",
                native_enum=False,
                length=40,
                schema="evaluation",
            ),
            nullable=False,
        ),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("submissions", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("judge", sa.Text(), nullable=True),
        sa.Column("ranks", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("asked", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('queued', 'completed', 'failed')", name=op.f("ck_drop_rankings_status")
        ),
        sa.CheckConstraint(
            "(status = 'completed') = (ranks IS NOT NULL)", name=op.f("ck_drop_rankings_completed_has_ranks")
        ),
        sa.CheckConstraint(
            "(status = 'failed') = (failure_reason IS NOT NULL)",
            name=op.f("ck_drop_rankings_failed_has_reason"),
        ),
        sa.CheckConstraint(
            "(status = 'queued') = (finished_at IS NULL)", name=op.f("ck_drop_rankings_finished_has_time")
        ),
        sa.PrimaryKeyConstraint("drop_id", name=op.f("pk_drop_rankings")),
        schema="evaluation",
    )
